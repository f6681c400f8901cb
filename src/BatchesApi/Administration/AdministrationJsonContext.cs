using System.Text.Json.Serialization;

namespace BatchesApi.Administration;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KeyResponse))]
[JsonSerializable(typeof(KeyWithSecretResponse))]
[JsonSerializable(typeof(KeyPageResponse))]
[JsonSerializable(typeof(UserResponse))]
[JsonSerializable(typeof(UserPageResponse))]
internal sealed partial class AdministrationJsonContext : JsonSerializerContext;
