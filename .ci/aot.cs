// What .ci/packages publishes ahead of time, with the packages Kindred and Kindred.Client alone:
//   aot FOLDER SERVER    trains every model, writes a snapshot of it into FOLDER, reads it back and recommends; then calls a server
// Prints a line for each model; throws where something does not work.
using Kindred;
using Kindred.Client;
using Kindred.Data;
using Kindred.Models;

(string folder, string server) = (args[0], args[1]);
var events =
    from user in Enumerable.Range(0, 60)
    from n in Enumerable.Range(0, 10)
    where (n + user) % 3 != 0
    select (User: $"user {user}", Item: (user % 2 == 0 ? "drink" : "tool") + $" {n}");
var data = Interactions.FromEvents(events, e => e).WithItemAttributes(
    from n in Enumerable.Range(0, 10) select new AttributeRow($"drink {n}") { Labels = { ["kind"] = [n % 2 == 0 ? "hot" : "cold"] } });
var rated = Interactions.FromEvents(events.Select((e, n) => (e.User, e.Item, Value: 1f + (n % 5))), e => e, ValueKind.Ratings);

foreach (var (name, entry) in TrainerCatalog.Default.Entries)
{
    var known = entry.Summary.Capabilities.HasFlag(Capabilities.PredictsValues) ? rated : data;
    Say(name, new ChosenModel(ModelSpec.Parse(name), ModelSpec.Popularity).Train(known));
}

string pipeline = Path.Combine(folder, "pipeline.json");
File.WriteAllText(pipeline, """
    {
      "sources": [
        { "kind": "model", "model": "implicit-als", "options": { "dimensions": 8, "solver": "exact" }, "index": "hnsw" },
        { "kind": "popular" }
      ],
      "rerank": [
        { "kind": "caps", "limits": [ { "labels": "kind", "mostOf": { "hot": 1 } } ] },
        { "kind": "mmr", "labels": "kind" },
        { "kind": "rules", "rules": [ { "name": "hot days", "when": "item.kind has 'hot'", "then": "filter" } ] }
      ]
    }
    """);
Say("pipeline", new ChosenModel(ModelSpec.Parse("implicit-als"), ModelSpec.Popularity).Train(data).WithPipeline(pipeline));

var kindred = new KindredClient(new HttpClient { BaseAddress = new Uri(server) });
var taken = await kindred.AddEventsAsync([new() { Type = "view", UserId = "ann", ItemId = "tea" }]);
var attributes = new Dictionary<string, object> { ["title"] = "Green tea", ["tags"] = new[] { "hot" }, ["price"] = 4.5 };
await kindred.PutItemAsync("tea", new() { Attributes = attributes });
var answer = await kindred.RecommendForUserAsync("cid", count: 1);
Console.WriteLine($"server: {taken.Accepted} event, {answer.Items[0].ItemId}");

void Say(string name, TrainedRecommender trained)
{
    string snapshots = Path.Combine(folder, name);
    trained.Publish(snapshots);
    using var recommender = Recommender.Open(snapshots);
    Console.WriteLine($"{name}: {string.Join(", ", recommender.Recommend("user 0", count: 3).Items.Select(item => item.ItemId))}");
}
