using BatchesApi.Domain;

namespace BatchesApi.Http;

internal static class CsvOutput
{
    public const string ContentType = $"{BatchCsv.MediaType}; charset=utf-8; header=present";
}
