using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Webhooks;

namespace BatchesApi.ApiTests;

/// <summary>A request to an operation of the OpenAPI document.</summary>
/// <param name="Message">The request.</param>
/// <param name="IsValid">Whether the document allows it.</param>
/// <param name="IsPartial">Whether it selects the members of batches.</param>
internal sealed record DocumentedRequest(HttpRequestMessage Message, bool IsValid, bool IsPartial);

/// <summary>Random requests to the operations of the OpenAPI document: half of them as the document allows, the others wrong in one part or
/// more.</summary>
/// <param name="document">The document as OpenAPI 3.1.</param>
/// <param name="random">The random number generator.</param>
/// <param name="credential">A credential that may do everything.</param>
/// <param name="otherCredentials">Credentials that may do less, or nothing.</param>
internal sealed class DocumentedRequests(JsonNode document, Random random, string credential, string[] otherCredentials)
{
    private static readonly string[] WrongValues =
    [
        "0", "-1", "2147483648", "abc", "rating:gte:x", "{\"rating\":", "{\"nothing\":1}", "\"open", "leadIds", "AAAA", "W/\"1\"", "a,b",
        "\u00E9",
    ];

    private static readonly string[] WrongBodies =
    [
        "", "{", "null", "[]", "[1]", "\"a\"", "{\"rating\":6}", "{\"batchCode\":\"\"}", "{\"nothing\":1}", "{\"leadIds\":[\"\"]}",
        "{\"dueDate\":\"soon\"}", "{\"batchCode\":\"a\",\"batchCode\":\"b\"}", "[{\"batchCode\":\"B-1\"},{}]", "{\"email\":1}",
        $"{{\"notes\":\"{new string('x', 10_001)}\"}}",
    ];

    private static readonly string TooLargeBody = $"{{\"notes\":\"{new string('x', 1_100_000)}\"}}";

    private static readonly string[] WrongTypes = ["text/plain", "application/json; charset=utf-16", "multipart/form-data"];

    /// <summary>Ids of batches, active, deleted and unknown ones.</summary>
    public List<string> Ids { get; } = [TestRoutes.UnknownId];

    /// <summary>Ids of changes of many batches, and an unknown one.</summary>
    public List<string> ChangeIds { get; } = [TestRoutes.UnknownId];

    /// <summary>Ids of webhooks, and an unknown one.</summary>
    public List<string> WebhookIds { get; } = [TestRoutes.UnknownId];

    /// <summary>Ids of API keys, and an unknown one.</summary>
    public List<string> KeyIds { get; } = [TestRoutes.UnknownId];

    /// <summary>Ids of users, and an unknown one.</summary>
    public List<string> UserIds { get; } = [TestRoutes.UnknownId];

    /// <summary>Ids of webhooks, each with that of a delivery, and unknown ones.</summary>
    public List<(string WebhookId, string Id)> Deliveries { get; } = [(TestRoutes.UnknownId, TestRoutes.UnknownId)];

    /// <summary>Creates a request.</summary>
    /// <param name="path">The path in the document.</param>
    /// <param name="method">The method in lower case.</param>
    /// <param name="operation">The operation in the document.</param>
    /// <param name="isValid">Whether the document allows the request.</param>
    public DocumentedRequest Create(string path, string method, JsonNode operation, bool isValid)
    {
        // At least one part of a wrong request is wrong; each other one may be.
        var wrong = isValid ? -1 : random.Next(operation["requestBody"] is null ? 4 : 5);
        bool IsWrong(int part) => part == wrong || (!isValid && random.Next(8) == 0);

        var delivery = path.Contains("{deliveryId}", StringComparison.Ordinal) ? Pick(Deliveries) : default;
        var query = new List<string>();
        var headers = new List<(string Name, string Value)> { ("Accept", IsWrong(0) ? "text/html" : "application/json") };
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            var name = (string)parameter!["name"]!;
            var value = IsWrong(1) ? Pick(WrongValues) : CreateValue(parameter) ?? ((bool?)parameter["required"] == true ? "x" : null);
            if ((string)parameter["in"]! == "path")
                path = path.Replace($"{{{name}}}", IsWrong(1) ? "unknown" : Pick(GetIds(path, name, delivery)), StringComparison.Ordinal);
            else if (value is not null && (string)parameter["in"]! == "query")
                query.Add($"{name}={Uri.EscapeDataString(value)}");
            else if (value is not null)
                headers.Add((name, CreateHeader(name, value, isValid)));
        }

        // The descriptions, not the schemas, exclude these combinations.
        if (isValid && query.Exists(part => part.StartsWith("sortBy=-", StringComparison.Ordinal)))
            query.RemoveAll(part => part.StartsWith("order=", StringComparison.Ordinal));
        if (isValid && query.Contains("kind=access"))
            query.RemoveAll(part => part.StartsWith("action=", StringComparison.Ordinal));
        if (IsWrong(2))
            query.Add(Pick(["nothing=1", "limit=1&limit=2"]));

        var message = new HttpRequestMessage(
            new HttpMethod(method.ToUpperInvariant()), query.Count == 0 ? path : $"{path}?{string.Join('&', query)}");
        var secret = IsWrong(3) ? Pick(otherCredentials) : credential;
        message.Headers.TryAddWithoutValidation("Authorization", secret.Length == 0 ? [] : [$"Bearer {secret}"]);
        foreach (var (name, value) in headers)
            message.Headers.TryAddWithoutValidation(name, value);
        if (operation["requestBody"] is { } body && (isValid || random.Next(10) > 0))
            message.Content = CreateContent(body, IsWrong(4), isArrayAllowed: path == Http.Batches, isBatch: HasBatches(path));
        return new DocumentedRequest(message, isValid, query.Any(part => part.StartsWith("fields=", StringComparison.Ordinal)));
    }

    private List<string> GetIds(string path, string name, (string? WebhookId, string? Id) delivery) => name switch
    {
        "deliveryId" => [delivery.Id!],
        "id" when delivery.WebhookId is not null => [delivery.WebhookId],
        "id" when path.StartsWith(WebhookServer.Webhooks, StringComparison.Ordinal) => WebhookIds,
        "id" when path.StartsWith(TestRoutes.Keys, StringComparison.Ordinal) => KeyIds,
        "id" when path.StartsWith(TestRoutes.Users, StringComparison.Ordinal) => UserIds,
        "id" => Ids,
        _ => ChangeIds,
    };

    /// <summary>For a valid request an unused idempotency key, and any version for a conditional retrieve, so that some respond
    /// 304.</summary>
    private static string CreateHeader(string name, string value, bool isValid) => name switch
    {
        "Idempotency-Key" when isValid => Guid.NewGuid().ToString(),
        "If-None-Match" when isValid => "*",
        _ => value,
    };

    /// <summary>A value that the document names or allows, or null to leave the parameter out.</summary>
    private string? CreateValue(JsonNode parameter)
    {
        if (parameter["required"] is null && random.Next(2) == 0)
            return null;
        if (parameter["examples"] is JsonObject examples)
            return $"{Pick([.. examples])!.Value!["value"]}";
        var schema = Resolve(parameter["schema"]!);
        return (schema["enum"] ?? schema["minimum"]) switch
        {
            JsonArray values => (string)Pick([.. values])!,
            { } min => $"{random.Next((int)min, 100)}",
            null => null,
        };
    }

    /// <summary>Whether the body of an operation has one or more batches.</summary>
    private static bool HasBatches(string path) =>
        path != Http.Search && path.StartsWith(Http.Batches, StringComparison.Ordinal)
        && (!path.Contains("/bulk/", StringComparison.Ordinal) || path.EndsWith("/create", StringComparison.Ordinal));

    private ByteArrayContent CreateContent(JsonNode body, bool isWrong, bool isArrayAllowed, bool isBatch)
    {
        var described = body["content"]!["application/json"]!;
        var schema = Resolve(described["schema"]!);

        // The descriptions, not the schemas, say how to select batches, and which parameters of a search can be combined.
        JsonNode Valid() => !isBatch || random.Next(3) == 0
            ? Pick([.. described["examples"]!.AsObject()]).Value!["value"]!.DeepClone()
            : CreateMember(schema)!;

        var type = "application/json";
        string text;
        if (isWrong && random.Next(4) > 0)
        {
            text = random.Next(4) == 0 ? TooLargeBody : Pick(WrongBodies);
        }
        else if (isArrayAllowed && random.Next(4) == 0)
        {
            text = new JsonArray(Valid(), CreateMember(schema)).ToJsonString();
        }
        else if (isBatch && random.Next(4) == 0 && $"{body["description"]}".Contains("x-www-form-urlencoded", StringComparison.Ordinal))
        {
            // A form has no objects.
            text = string.Join('&', Valid().AsObject().Where(member => member.Value is not JsonObject).Select(
                member => $"{member.Key}={Uri.EscapeDataString(member.Value?.ToJsonString() ?? "null")}"));
            type = "application/x-www-form-urlencoded";
        }
        else
        {
            text = Valid().ToJsonString();
        }
        if (isWrong && random.Next(3) == 0)
            type = Pick(WrongTypes);
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (isWrong && random.Next(8) == 0)
            content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    /// <summary>An object that its schema allows.</summary>
    private JsonObject CreateBody(JsonNode schema)
    {
        var required = (schema["required"]?.AsArray() ?? []).Select(name => (string)name!).ToHashSet();

        // The description of an upsert says that a new batch needs a type.
        if (required.Contains("batchCode"))
            required.Add("batchType");
        return new JsonObject(schema["properties"]!.AsObject()
            .Where(member => required.Contains(member.Key) || random.Next(2) == 0)
            .Select(member => KeyValuePair.Create(member.Key, CreateMember(member.Value!))));
    }

    private JsonNode? CreateMember(JsonNode schema)
    {
        schema = Resolve(schema["oneOf"] is JsonArray choices ? Pick([.. choices])! : schema);

        if (schema["enum"] is JsonArray values)
            return Pick([.. values])!.DeepClone();

        // Only some values are allowed: the examples show which.
        var isOpenObject = (schema["type"] as JsonValue)?.ToString() == "object" && schema["properties"] is null;
        if (schema["examples"] is JsonArray examples && (isOpenObject || examples.Count > 1))
            return Pick([.. examples])?.DeepClone();
        var types = schema["type"] is JsonArray several ? several.Select(type => (string)type!).ToArray() : [(string)schema["type"]!];
        return Pick(types) switch
        {
            "null" => null,
            "boolean" => random.Next(2) == 0,
            "integer" => random.Next((int)schema["minimum"]!, (int)schema["maximum"]! + 1),
            "object" => CreateBody(schema),
            "array" => new JsonArray([.. Enumerable.Range(0, random.Next((int?)schema["minItems"] ?? 0, 4))
                .Select(_ => CreateMember(schema["items"]!))]),
            _ => CreateText(schema),
        };
    }

    private string CreateText(JsonNode schema)
    {
        switch ((string?)schema["format"])
        {
            case "date-time":
                var time = new DateTimeOffset(random.NextInt64(DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay), TimeSpan.Zero);
                return time.ToString(Pick(["yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz"]), CultureInfo.InvariantCulture);
            case "email":
                return $"{Guid.NewGuid():N}@example.com";
        }
        var (min, max) = ((int?)schema["minLength"] ?? 0, (int?)schema["maxLength"] ?? 100);
        var length = Pick([min, max, random.Next(min, max + 1), Math.Min(max, min + 5)]);
        var text = new StringBuilder();
        for (var i = 0; i < length; i++)
            text.Append(new Rune(Pick([random.Next(0x20, 0x7F), random.Next(0xA0, 0xD800), random.Next(0x10000, 0x1FFFF)])));

        // The pattern of a code: not blank.
        return schema["pattern"] is not null && string.IsNullOrWhiteSpace($"{text}") ? "x" : $"{text}";
    }

    private JsonNode Resolve(JsonNode schema) =>
        schema["$ref"] is { } reference ? document["components"]!["schemas"]![((string)reference!).Split('/')[^1]]! : schema;

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
