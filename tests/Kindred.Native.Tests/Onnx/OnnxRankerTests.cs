using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Onnx;
using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Onnx;

/// <summary>ONNX models as rankers; the models are made here, see <see cref="OnnxFile"/>.</summary>
public sealed class OnnxRankerTests : IDisposable
{
    private static readonly string[] Features = ["item.events", "item.price"];

    private static readonly TrainerCatalog Trainers = TrainerCatalog.Default.WithOnnxRankers();

    private static readonly Interactions Data = EventList.Parse("ann: tea", "bob: tea jam", "cid: tea jam ham", "dan: bread")
        .WithItemAttributes([Priced("tea", 3), Priced("jam", 5), Priced("ham", 9), Priced("bread", 1)]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scores_are_those_of_the_model_alone_and_in_a_batch()
    {
        var score = Opened(new OnnxFile(2, -1));
        var rows = new Matrix(3, 2, new float[] { 1, 1, 0, 4, float.NaN, 1 });
        double[] together = new double[3], alone = new double[1];
        score(rows, together);
        Assert.Equal([1, -4, double.NaN], together);
        score(new(1, 2, new float[] { 0, 4 }), alone);
        Assert.Equal([-4], alone);
        score(new(0, 2), []);
        Assert.Equal(-1, Scored(Opened(new OnnxFile(2, -1), missing: 0), float.NaN, 1)); // the number that stands for what is missing
        Assert.Equal(7, Scored(Opened(new OnnxFile(1, 3, 0, 4) { Columns = 2 }), 1, 1)); // the second of two: probability of yes
        Parallel.For(0, 100, n => Assert.Equal(n, Scored(score, n, n)));
    }

    [Fact]
    public void A_pipeline_is_ordered_by_it_and_a_snapshot_keeps_it()
    {
        File.WriteAllBytes(_folder.File("ranker.onnx"), new OnnxFile(0, -1).ToBytes()); // the cheapest first
        File.WriteAllText(_folder.File("pipeline.json"), """
            { "sources": [{ "kind": "popular" }],
              "ranker": { "kind": "onnx", "file": "ranker.onnx", "features": ["item.events", "item.price"] } }
            """);
        new ChosenModel(ModelSpec.Popularity, ModelSpec.Popularity).Train(Data, TestContext.Current.CancellationToken)
            .WithPipeline(_folder.File("pipeline.json"), Trainers, TestContext.Current.CancellationToken)
            .Publish(_folder.File("snapshots"));
        File.Delete(_folder.File("ranker.onnx"));
        using var recommender = Recommender.Open(_folder.File("snapshots"), Trainers);
        var answer = recommender.Recommend("ann", count: 3, TestContext.Current.CancellationToken);
        Assert.Equal(["bread", "jam", "ham"], answer.Items.Select(item => item.ItemId));
        Assert.Contains("this program cannot run ONNX models; kindred-neural can",
            Assert.Throws<InputException>(() => Recommender.Open(_folder.File("snapshots"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_ranker_of_these_features_is_refused_in_a_sentence()
    {
        Assert.StartsWith("ONNX Runtime cannot open it: ", Refusal([1, 2, 3]), StringComparison.Ordinal);
        Assert.Equal("its input x takes 3 features, and features names 2.", Refusal(new OnnxFile(1, 2, 3)));
        Assert.Equal("its input x takes 1 candidates at a time; export it with a first dimension that is not fixed.",
            Refusal(new OnnxFile(1, 2) { Batch = 1 }));
        Assert.Equal("it has several outputs; name one by output: y, z.", Refusal(new OnnxFile(1, 2) { HasTwoOutputs = true }));
        Assert.Equal("it has no output 'score'; there is y.", Refusal(new OnnxFile(1, 2), output: "score"));
        Assert.Equal("it has no input 'rows'; there is x.", Refusal(new OnnxFile(1, 2), input: "rows"));
        Assert.Equal("its output y has 6 values for 2 candidates; one of each, or two, is needed.",
            Refusal(new OnnxFile(1, 2, 3, 4, 5, 6) { Columns = 3 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => TrainerCatalog.Default.WithOnnxRankers(threads: 0));
        Assert.Equal(5, Scored(Opened(new OnnxFile(1, 2) { HasTwoOutputs = true }, output: "z"), 1, 2));
    }

    [Fact]
    public void A_config_without_features_or_file_says_so_with_its_place()
    {
        File.WriteAllBytes(_folder.File("r.onnx"), new OnnxFile(1).ToBytes());
        Assert.Contains("an ONNX model has no names of features", Checked("\"file\": \"r.onnx\""), StringComparison.Ordinal);
        Assert.Contains("gone.onnx cannot be read", Checked("\"file\": \"gone.onnx\", \"features\": [\"item.price\"]"));
        Assert.Contains("There is no feature 'item.shine'", Checked("\"file\": \"r.onnx\", \"features\": [\"item.shine\"]"));

        string Checked(string ranker)
        {
            File.WriteAllText(_folder.File("p.json"),
                $$"""{ "sources": [{ "kind": "popular" }], "ranker": { "kind": "onnx", {{ranker}} } }""");
            string message = Assert.Throws<InputException>(() =>
                PipelineConfig.Read(_folder.File("p.json"), Trainers).CheckFor(Data)).Message;
            Assert.Contains("p.json, line 1, column 39", message, StringComparison.Ordinal);
            return message;
        }
    }

    /// <summary>The package's example has the bytes of a model; they are these.</summary>
    [Fact]
    public void The_model_in_the_readme_is_made_of_nothing_else() => Assert.Contains(
        Convert.ToBase64String(new OnnxFile(0, 1).ToBytes()),
        File.ReadAllText(Path.Combine(RealData.Root, "src", "Kindred.Onnx", "README.md")), StringComparison.Ordinal);

    private static AttributeRow Priced(string item, float price) => new(item) { Numbers = { ["price"] = price } };

    private static RowScorer Opened(OnnxFile file, string? output = null, float missing = float.NaN) =>
        new OnnxScorer(new(file.ToBytes(), Features, null, output, missing), threads: 1).Score;

    private static double Scored(RowScorer score, params float[] row)
    {
        double[] scores = new double[1];
        score(new(1, row.Length, row), scores);
        return scores[0];
    }

    private static string Refusal(OnnxFile file, string? input = null, string? output = null) => Refusal(file.ToBytes(), input, output);

    private static string Refusal(byte[] bytes, string? input = null, string? output = null) =>
        Assert.Throws<InputException>(() => new OnnxScorer(new(bytes, Features, input, output, float.NaN), threads: 1)).Message;
}
