using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage;

namespace BatchesApi.Access;

/// <summary>Records changes of keys and users in the transaction of the change (specification, section 10.3).</summary>
internal sealed class AccessAudit(BatchesContext db, TimeProvider clock, ObjectIdGenerator ids)
{
    /// <summary>Adds a change of an API key to the context, which saves it with the change itself.</summary>
    public void Record(ApiKey key, string action, Actor by, MemberChanges changes) =>
        Record(key.AccountId, (Actor.Key, key.Id, key.Name), action, by, changes);

    /// <summary>Adds a change of a user to the context, which saves it with the change itself.</summary>
    public void Record(User user, string action, Actor by, MemberChanges changes) =>
        Record(user.AccountId, (Actor.User, user.Id, user.Email), action, by, changes);

    private void Record(int accountId, (string Kind, string Id, string Name) subject, string action, Actor by, MemberChanges changes) =>
        db.AccessChanges.Add(new AccessChange
        {
            AccountId = accountId,
            Id = ids.Next(),
            At = clock.GetUtcNowMicroseconds(),
            Action = action,
            SubjectKind = subject.Kind,
            SubjectId = subject.Id,
            SubjectName = subject.Name,
            ActorKind = by.Kind,
            ActorId = by.Id,
            ActorName = by.Name,
            Changes = changes.ToJson(),
        });
}

/// <summary>The changed members of a key or a user, with their values before and after.</summary>
internal sealed class MemberChanges
{
    private readonly JsonObject _changes = [];

    public bool IsEmpty => _changes.Count == 0;

    /// <summary>Adds a member, unless it stays the same.</summary>
    public MemberChanges Add(string name, JsonNode? before, JsonNode? after)
    {
        if (!JsonNode.DeepEquals(before, after))
            _changes.Add(name, new JsonArray(before, after));
        return this;
    }

    public MemberChanges Add(string name, DateTime? before, DateTime? after) => Add(name, Rfc3339.Format(before), Rfc3339.Format(after));

    /// <summary>Adds a policy.</summary>
    public MemberChanges AddPolicy(string? before, string? after) => Add(
        KeyPolicy.Name, MongoFilterParser.ToJson(before), MongoFilterParser.ToJson(after));

    /// <summary>Adds a password, which has changed. Its values are not recorded.</summary>
    public MemberChanges AddPassword()
    {
        _changes.Add("password", new JsonArray(null, null));
        return this;
    }

    public string ToJson() => _changes.ToJsonString(JsonOutput.NodeOptions);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static IEnumerable<(string Name, JsonNode? Before, JsonNode? After)> Read(string json) => JsonNode.Parse(json)!.AsObject()
        .Select(member => (member.Key, member.Value![0]?.DeepClone(), member.Value[1]?.DeepClone()));
}
