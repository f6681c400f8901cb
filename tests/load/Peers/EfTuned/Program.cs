using System.Globalization;
using BatchesApi.EfTuned;
using Microsoft.EntityFrameworkCore;
using Npgsql;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, Json.Default));
var source = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(builder.Configuration["ConnectionString"])
{
    MaxAutoPrepare = 100,
    AutoPrepareMinUsages = 2,
}.ConnectionString).Build();
builder.Services.AddDbContextPool<BatchesContext>(options => options
    .UseNpgsql(source)
    .UseSnakeCaseNamingConvention()
    .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
    .EnableThreadSafetyChecks(false));
var account = int.Parse(builder.Configuration["Account"]!, CultureInfo.InvariantCulture);
var token = new BearerToken(builder.Configuration["Token"]!);

var app = builder.Build();
app.Use((context, next) =>
{
    if (token.Matches(context.Request.Headers.Authorization))
        return next(context);
    context.Response.StatusCode = StatusCodes.Status401Unauthorized;
    return Task.CompletedTask;
});
var batches = app.MapGroup("/api/v2/batches");
batches.MapGet("/{id}", async (string id, BatchesContext db) =>
    await BatchQueries.FindAsync(db, account, id) is { } batch ? TypedResults.Ok(batch) : Results.NotFound());
batches.MapGet("", async (string? search, bool? rare, string? type, int? page, bool? count, BatchesContext db) => TypedResults.Ok(
    search is not null ? await BatchQueries.SearchAsync(db, account, search, rare is true)
    : type is not null ? await BatchQueries.BestOfTypeAsync(db, account, type, page ?? 1)
    : await BatchQueries.NewestAsync(db, account, withTotal: count is true)));
batches.MapPatch("/{id}", async (string id, Change change, bool? history, BatchesContext db) =>
    await BatchQueries.ChangeAsync(db, account, id, change, history is true) is { } batch ? TypedResults.Ok(batch) : Results.NotFound());
batches.MapPost("", async (NewBatch batch, BatchesContext db) =>
    TypedResults.Created((string?)null, await BatchQueries.CreateAsync(db, account, batch)));
await app.RunAsync();
