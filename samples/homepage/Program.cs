using Homepage;
using Kindred;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddKindred(builder.Configuration.GetSection("Kindred"));
builder.Services.AddHealthChecks().AddKindred();

var app = builder.Build();
app.MapKindred("/v1");
app.MapHealthChecks("/health");
app.MapGet("/home/{userId}", (string userId, IRecommender recommender) => recommender.Recommend(userId, count: 10));

// Here, so that the sample has something to show. In use another program trains, such as every night; the host picks up what it publishes.
string snapshots = builder.Configuration["Kindred:Snapshots"]!;
if (!Directory.Exists(snapshots))
{
    var data = Interactions.FromEvents(Shop.Purchases(), p => (p.UserId, p.Sku, p.At));
    var result = ModelComparison.Run(data, new ItemKnn(), new ImplicitAls { Dimensions = 8 });
    Console.WriteLine(result.Advice);
    result.Winner.Train(data).Publish(snapshots);
}

app.Run();
