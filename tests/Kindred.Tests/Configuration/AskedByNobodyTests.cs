using System.Text.Json;
using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;

namespace Kindred.Tests.Configuration;

/// <summary>
/// Every source, ranker and stage is asked by nobody, by an empty history and by one of items that nobody touched: scores are numbers.
/// </summary>
public sealed class AskedByNobodyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private const string Popular = """{ "kind": "popular", "count": 12 }""",
        Als = """{ "kind": "model", "name": "als", "model": "implicit-als", "options": { "dimensions": 4, "epochs": 2 } }""";

    /// <summary>Item "new" was touched by nobody, user "silent" has no events.</summary>
    private static readonly Interactions Data = WithNewcomers(GenredData.Interactions);

    public static TheoryData<string> Configs
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (
                string model in new[] { "fm", "implicit-als", "ease", "item-knn", "user-knn", "popularity", "bpr", "slope-one", "bias" })
            {
                data.Add($$"""{ "sources": [{{Popular}}], "ranker": { "kind": "model", "model": "{{model}}" } }""");
                data.Add($$"""{ "sources": [{ "kind": "model", "model": "{{model}}", "count": 12 }] }""");
            }
            foreach (string source in new[]
            {
                """{ "kind": "neighbours" }""", """{ "kind": "newest" }""", """{ "kind": "sameLabel", "labels": "genres" }""",
                    """{ "kind": "lastViewed" }""",
                """{ "kind": "popular", "of": "user.country" }""", """{ "kind": "popular", "of": "item.genres" }""",
            }) data.Add($$"""{ "sources": [{{source}}], "seen": { "policy": "keep" } }""");
            foreach (string stage in new[]
            {
                """{ "kind": "popularityPenalty" }""", """{ "kind": "inversePropensity" }""", """{ "kind": "keep", "count": 3 }""",
                """{ "kind": "dpp", "labels": "genres" }""", """{ "kind": "mmr", "embeddings": "als" }""",
                    """{ "kind": "calibrated", "labels": "genres" }""",
                """{ "kind": "caps", "limits": [{ "labels": "genres", "most": 2 }] }""", """{ "kind": "epsilonGreedy" }""",
                    """{ "kind": "softmax" }""",
                """{ "kind": "thompson", "clicks": { "i0": [1, 10] }, "draws": 10 }""",
                """{ "kind": "rules", "rules": [{ "name": "up", "when": "item.genres has 'Horror'", "then": "boost x3e38" }, { "name": "it", "when": "user.country = 'FR'", "then": "bury x1e-30" }] }""",
            })
            {
                data.Add($$"""{ "sources": [{{Als}}], "rerank": [{{stage}}] }""");
                // after a ranker that can score nothing for somebody unknown
                data.Add($$"""{ "sources": [{{Popular}}, {{Als}}], "ranker": { "kind": "model", "model": "implicit-als" }, "rerank": [{{stage}}] }""");
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Configs))]
    public void Its_answers_are_numbers(string config)
    {
        var door = Recommender.From(Data, new PipelineTrainer().Train(PipelineConfig.Parse(config), Data, new() { Seed = 1 }));
        foreach (var request in new RecommendRequest[]
        {
            new(), new() { UserId = "nobody" }, new() { UserId = "silent" }, new() { UserId = "u3" },
                new() { UserId = "silent", History = [new("new")] },
            new() { History = [new("new")] }, new() { History = [new("what")] },
                new() { UserId = "u3", History = [new("new"), new("i1", float.MaxValue)] },
            new() { History = [new("i1", float.Epsilon), new("i2", float.MaxValue)] },
            new() { Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["user.country"] = ["FR"] } } },
        })
        {
            var answer = door.Recommend(request with { Explain = true, WhyNot = ["i1", "new"], Count = 8 }, cancellationToken: Token);
            Assert.All(answer.Items, item => Assert.True(float.IsFinite(item.Score), $"{item.ItemId} has {item.Score}"));
            Assert.Equal(answer.Items.Count, answer.Items.DistinctBy(item => item.ItemId).Count());
            Assert.NotEmpty(JsonSerializer.Serialize(answer)); // which refuses what is no number, wherever it is
        }
    }

    private static Interactions WithNewcomers(Interactions data)
    {
        var (users, items) = (data.UserAttributes, data.ItemAttributes);
        static LabelColumn Longer(LabelColumn column, int rows) =>
            LabelColumn.From(
                [.. Enumerable.Range(0, rows).Select(row => string.Join('|', column[row].ToArray().Select(column.Labels.Id))), ""]);
        var interactions = new Interactions(
            new([.. Enumerable.Range(0, 80).Select(data.Users.Id), "silent"]), new(
                [.. Enumerable.Range(0, 40).Select(data.Items.Id), "new"]),
            new Histories((int[])[.. data.Histories.Starts.Span, data.Histories.Count], data.Histories.Items, data.Histories.Times,
                data.Histories.Weights));
        return interactions.With(
            Catalog.Empty(81) with { Labels = new Dictionary<string, LabelColumn> { ["country"] = Longer(users.Labels["country"], 80) } },
            Catalog.Empty(41) with { Labels = new Dictionary<string, LabelColumn> { ["genres"] = Longer(items.Labels["genres"], 40) } });
    }
}
