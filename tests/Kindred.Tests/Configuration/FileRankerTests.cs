using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.Tests.Configuration;

/// <summary>Rankers that another program trained, in a file beside the pipeline's.</summary>
public sealed class FileRankerTests : IDisposable
{
    private static readonly Interactions Data = GenredData.Interactions;

    private static readonly GeneratedForest Trees = new(seed: 3, trees: 12, features: 4, maxLeaves: 20);

    private static readonly string[] Names = ["rank_popular", "item.events", "score_popular", "user_events"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(""", "features": ["rank:popular", "item.events", "score:popular", "user.events"]""")]
    public void Trees_of_LightGBM_order_the_candidates_by_the_features_of_their_names(string features)
    {
        var config = Written(Trees.Text(Names), $"\"kind\": \"lightgbm\"{features}");
        config.CheckFor(Data);
        var trained = new PipelineTrainer().Train(config, Data, new());
        var list = trained.Bind(Data).Recommend(Query.Of(Data, 5), 10);
        Assert.Equal(ScoresOf(trained, list), list.Select(c => c.Score));
        Assert.Equal(list.Select(c => c.Score), list.Select(c => c.Score).OrderDescending());
        Assert.Contains(list.Zip(list.Skip(1)), pair => pair.First.Score > pair.Second.Score);
    }

    [Fact]
    public void A_snapshot_keeps_what_was_in_the_file()
    {
        var config = Written(Trees.Text(Names), "\"kind\": \"lightgbm\"");
        var context = new TrainingContext();
        var pipeline = SnapshotPipeline.Train(
            new(), config, Data, context, (trainer, data) => ModelSpec.For(trainer).Train(data, context));
        var popularity = ModelSpec.Popularity.Train(Data, context);
        new TrainedRecommender(Data, popularity, popularity).Answering(pipeline).Publish(_folder.File("snapshots"));
        File.Delete(_folder.File("model.txt"));
        using var snapshot = Snapshot.Open(_folder.File("snapshots"));
        Assert.Equal(
            pipeline.Trained.Bind(Data).Recommend(Query.Of(Data, 5), 10).Select(c => (c.Item, c.Score)),
            (snapshot.Trained! with { Fallback = null }).Bind(Data).Recommend(Query.Of(Data, 5), 10).Select(c => (c.Item, c.Score)));
        // trained again, the file is read again
        Assert.Contains("model.txt cannot be read",
            Assert.Throws<InputException>(() => new PipelineTrainer().Train(snapshot.Trained!.Config, Data, context)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_its_name()
    {
        Assert.Contains("has the feature 'price', and there is none of that name here", Refusal(["price", .. Names[1..]]));
        Assert.Contains("has 4 features, and features names 1.", Refusal(Names, """, "features": ["item.events"]"""));
        Assert.Contains("feature 1 of", Refusal(Names,
            """, "features": ["item.events", "rank:popular", "score:popular", "user.events"]"""));
        Assert.Contains("There is no feature 'item.shine'", Refusal(["a", "b", "c", "d"],
            """, "features": ["item.shine", "item.events", "score:popular", "user.events"]"""));
        var config = Written("tree\nnothing", "\"kind\": \"lightgbm\"");
        Assert.Contains("model.txt: The text of the forest is damaged", Assert.Throws<InputException>(() => config.CheckFor(Data)).Message);
        var onnx = Written("", "\"kind\": \"onnx\", \"features\": [\"item.events\"]");
        Assert.Contains("this program cannot run ONNX models; kindred-neural can",
            Assert.Throws<InputException>(() => onnx.CheckFor(Data)).Message);
    }

    [Fact]
    public void Examples_for_another_program_have_the_features_that_the_ranker_names()
    {
        var config = Written("", "\"kind\": \"lightgbm\", \"features\": [\"item.events\", \"rank:popular\"]");
        var examples = new PipelineTrainer().ExamplesFor(config, Data, new());
        Assert.Equal(["item.events", "rank:popular"], examples.Features);
        Assert.Contains(1f, examples.Labels);
    }

    private string Refusal(string[] names, string features = "")
    {
        var config = Written(Trees.Text(names), $"\"kind\": \"lightgbm\"{features}");
        string message = Assert.Throws<InputException>(() => config.CheckFor(Data)).Message;
        Assert.Contains("pipeline.json, line 1, column ", message, StringComparison.Ordinal);
        return message;
    }

    private PipelineConfig Written(string model, string ranker)
    {
        File.WriteAllText(_folder.File("model.txt"), model);
        File.WriteAllText(_folder.File("pipeline.json"),
            $$"""{ "sources": [{ "kind": "popular", "count": 40 }], "ranker": { {{ranker}}, "file": "model.txt" } }""");
        return PipelineConfig.Read(_folder.File("pipeline.json"));
    }

    /// <returns>What the definition of the trees says of the rows that the candidates have.</returns>
    private static IEnumerable<float> ScoresOf(TrainedPipeline trained, IReadOnlyList<Candidate> list)
    {
        string[] names = ["rank:popular", "item.events", "score:popular", "user.events"];
        var features = new FeatureSet(names, Data, ["popular"]);
        var scores = new Dictionary<int, float>();
        trained.Proposing(Data).Run(Query.Of(Data, 5), null, candidates =>
        {
            var rows = new Matrix(candidates.Count, 4);
            features.Write(Query.Of(Data, 5), candidates, rows);
            for (int n = 0; n < candidates.Count; n++) scores[candidates.Items[n]] = (float)Trees.Score(rows.Row(n).ToArray());
            return 0;
        });
        return list.Select(candidate => scores[candidate.Item]);
    }
}
