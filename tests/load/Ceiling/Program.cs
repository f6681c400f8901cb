using BatchesApi.Ceiling;
using Npgsql;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, Json.Default));
var source = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(builder.Configuration["ConnectionString"])
{
    MaxAutoPrepare = 100,
    NoResetOnClose = true,
}.ConnectionString).Build();
var account = int.Parse(builder.Configuration["Account"]!, System.Globalization.CultureInfo.InvariantCulture);
var store = new Store(source, account);

var app = builder.Build();
var batches = app.MapGroup("/api/v2/batches");
batches.MapGet("/{id}", async (string id) => await store.FindAsync(id) is { } batch ? TypedResults.Ok(batch) : Results.NotFound());
batches.MapGet("", async (string? search, bool? rare, string? type, int? page, bool? count) => TypedResults.Ok(
    search is not null ? await store.SearchAsync(search, rare is true)
    : type is not null ? await store.BestOfTypeAsync(type, page ?? 1)
    : count is true ? await store.NewestAndTotalAsync()
    : await store.NewestAsync()));
batches.MapPatch("/{id}", async (string id, Change change, bool? history) =>
    await store.ChangeAsync(id, change, history is true) is { } batch ? TypedResults.Ok(batch) : Results.NotFound());
batches.MapPost("", async (NewBatch batch) => TypedResults.Created((string?)null, await store.CreateAsync(batch)));
await app.RunAsync();
