using Kindred;
using KindredApi;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddKindred(builder.Configuration.GetSection("Kindred"));
builder.Services.AddHealthChecks().AddKindred();

var app = builder.Build();

// Something to answer from, until a job of yours publishes better snapshots (dotnet new kindred-worker).
string snapshots = app.Configuration["Kindred:Snapshots"]!;
if (!Directory.Exists(snapshots)) FirstSnapshot.Publish("events.csv", snapshots);

app.MapKindred("/v1");
app.MapHealthChecks("/health");
app.MapGet("/home/{userId}", (string userId, IRecommender recommender) => recommender.Recommend(userId, count: 10).Items);

app.Run();
