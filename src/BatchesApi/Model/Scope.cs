namespace BatchesApi.Model;

/// <summary>What a credential may do (contract, section 6).</summary>
internal enum Scope
{
    /// <summary>List and retrieve.</summary>
    Read,

    /// <summary>Everything, reading included.</summary>
    Write,
}
