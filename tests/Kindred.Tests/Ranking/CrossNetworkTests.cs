using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Storage;
using Kindred.Tests.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Ranking;

public sealed class CrossNetworkTests
{
    private const float NaN = float.NaN;

    /// <summary>Rows of two numbers and a category. ln(1 + |x|) of the first are ±1: mean 0, deviation 1. The second is always 7.</summary>
    private static RankingExamples Examples()
    {
        float e = MathF.E - 1;
        float[] rows = [.. Enumerable.Range(0, 40).SelectMany(n => (float[])[n % 2 == 0 ? e : -e, 7, n < 25 ? 3 : 8])];
        return new(["x", "same", "kind"], new(40, 3, rows), new float[40], [40], 0) { Categorical = [2] };
    }

    /// <summary>
    /// Category 3 is in 25 rows, 8 in 15, which are too few: the table has a row for what is rare or unknown, and one for 3.
    /// </summary>
    private static RowEncoding Encoding => RowEncoding.Of(Examples());

    private static Matrix Of(int rows, params float[] values) => new(rows, values.Length / rows, values);

    /// <summary>One cross layer, one hidden value; inputs are x, the constant, and the category's embedding of length 1.</summary>
    private static Dictionary<string, Matrix> Arrays() => new()
    {
        ["table"] = Of(2, -1, 2),
        ["cross.0"] = Of(3, 1, 0, 2, 0, 1, 0, 0, 0, .5f),
        ["cross.0.bias"] = Of(1, .1f, .2f, .3f),
        ["hidden.0"] = Of(1, 3, 0, -1),
        ["hidden.0.bias"] = Of(1, .5f),
        ["output"] = Of(1, 1, 10, 100, 1000),
    };

    private static CrossNetwork Network(Dictionary<string, Matrix>? arrays = null) => new(Encoding, new(1, 1, arrays ?? Arrays()));

    private static double[] Scores(CrossNetwork network, Matrix rows)
    {
        var scores = new double[rows.Rows];
        network.Score(rows, scores);
        return scores;
    }

    /// <summary>
    /// x = ln(1 + |e − 1|) = 1, nothing of the constant, 2 of category 3: x₀ = (1, 0, 2). W·x₀ + b = (5.1, .2, 1.3), times x₀ (5.1, 0,
    /// 2.6), plus x₀
    /// (6.1, 0, 4.6). Hidden: max(0, 3 − 2 + .5) = 1.5. Score: 6.1 + 460 + 1500. An unknown number is 0 and an unknown category −1: x₀ =
    /// (0, 0, −1), W·x₀ + b = (−1.9, .2, −.2), times x₀ (0, 0, .2), plus x₀ (0, 0, −.8); hidden: max(0, 1 + .5). The last: x₀ = (−1, 0,
    /// −1): (−2.9, .2, −.2), (2.9, 0, .2),
    /// (1.9, 0, −.8); hidden: max(0, −3 + 1 + .5) = 0.
    /// </summary>
    [Fact]
    public void A_score_is_what_the_paper_says()
    {
        float e = MathF.E - 1;
        var scores = Scores(Network(), Of(4, e, 7, 3, NaN, 9, NaN, -e, 7, 8, -e, 7, 1000));
        Assert.Equal(6.1 + 460 + 1500, scores[0], 1e-2);
        Assert.Equal(-80 + 1500, scores[1], 1e-2);
        Assert.Equal(1.9 - 80, scores[2], 1e-3);
        Assert.Equal(scores[2], scores[3]); // a category that is rare, and one that nobody knows
    }

    [Fact]
    public void Either_part_does_without_the_other()
    {
        float e = MathF.E - 1;
        var arrays = Arrays();
        arrays["output"] = Of(1, 1, 10, 100);
        Assert.Equal(466.1, Scores(new(Encoding, new(1, 0, arrays)), Of(1, e, 7, 3))[0], 1e-3);
        arrays["output"] = Of(1, 1000);
        Assert.Equal(1500, Scores(new(Encoding, new(0, 1, arrays)), Of(1, e, 7, 3))[0], 1e-2);
    }

    [Fact]
    public void What_was_sometimes_unknown_has_a_number_that_says_so_and_what_nobody_learned_from_is_not_believed()
    {
        float e = MathF.E - 1;
        var encoding = RowEncoding.Of(new(["x"], Of(3, e, -e, NaN), new float[3], [3], 0));
        Assert.Equal((2, 0), (encoding.Numbers, encoding.TableRows));
        float[] Encoded(float x)
        {
            var values = new float[2];
            encoding.Encode([x], values, []);
            return values;
        }
        Assert.Equal([1f, 0f], Encoded(e), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([0f, 1f], Encoded(NaN));
        Assert.Equal([0f, 1f], Encoded(float.NegativeInfinity));
        Assert.Equal([5f, 0f], Encoded(1e30f));
    }

    [Fact]
    public void A_row_has_the_same_score_alone_and_among_others_on_any_thread()
    {
        var rows = Reference.Random(300, 3, 5);
        for (int n = 0; n < 300; n++) rows.Row(n)[2] = n % 5;
        var network = Network();
        double[] together = Scores(network, rows), again = new double[300];
        Parallel.For(0, 300, n => again[n] = Scores(network, Of(1, rows.Row(n).ToArray()))[0]);
        Assert.Equal(together, again);
        Assert.Empty(Scores(network, new(0, 3)));
    }

    [Fact]
    public void Saved_and_loaded_it_scores_the_same()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("n"), Network());
        using var file = TensorFile.Open(folder.File("n"));
        var loaded = CrossNetwork.Load(file);
        var rows = Of(2, 1, 7, 3, NaN, 7, 4);
        Assert.Equal(Scores(Network(), rows), Scores(loaded, rows));
        Assert.Equal(["x", "same", "kind"], loaded.Features);
    }

    [Theory]
    [InlineData("cross.0", 2)]
    [InlineData("hidden.0.bias", 4)]
    [InlineData("table", 3)]
    [InlineData("output", 3)]
    public void Arrays_that_do_not_fit_are_refused(string name, int size)
    {
        using var folder = new TemporaryFolder();
        var arrays = Arrays();
        arrays[name] = new Matrix(name == "output" ? 1 : size, name == "output" ? size : 1);
        Write(folder.File("n"), Network(arrays));
        using var file = TensorFile.Open(folder.File("n"));
        var error = Assert.Throws<InputException>(() => CrossNetwork.Load(file));
        Assert.Matches("^The network in .* is damaged: its layers do not fit each other; write it again.$", error.Message);
    }

    [Fact]
    public void Rows_of_other_features_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Network().Score(new(1, 2), new double[1]));
        Assert.Throws<ArgumentException>(() => Network().Score(new(2, 3), new double[1]));
        Assert.Throws<InputException>(() => RowEncoding.Of(new(["x"], new(0, 1), [], [], 0)));
    }

    /// <summary>Item 1 has two events, item 2 one, item 3 none; the network wants few.</summary>
    [Fact]
    public void A_pipeline_is_ranked_by_it_and_other_features_are_refused()
    {
        var data = new Interactions(
            new Vocabulary(["u", "v"]), new Vocabulary(["0", "1", "2", "3"]),
            new Histories(new[] { 0, 2, 3 }, new[] { 1, 2, 1 }, default, new float[] { 1, 1, 1 }));
        string[] sources = ["s"];
        var encoding = RowEncoding.Of(new(["item.events"], Of(3, 0, 1, 2), new float[3], [3], 0));
        var network = new CrossNetwork(encoding, new(0, 1, new()
        {
            ["table"] = new(0, 4),
            ["hidden.0"] = Of(1, -1),
            ["hidden.0.bias"] = Of(1, 5),
            ["output"] = Of(1, 1),
        }));
        var candidates = new Candidates(sources);
        candidates.Add(0, [1, 2, 3], [3f, 2f, 1f]);
        new FeatureRanker(network, new FeatureSet(["item.events"], data, sources)).Apply(new Query(-1, default), candidates);
        Assert.Equal([3, 2, 1], candidates.Items.ToArray());
        Assert.Equal(
            "The ranker was trained on item.events; these features are sources. Train it again.",
            Assert.Throws<InputException>(() => new FeatureRanker(network, new FeatureSet(["sources"], data, sources))).Message);
    }

    private static void Write(string path, CrossNetwork network)
    {
        var writer = new TensorWriter();
        network.Save(writer);
        using var stream = File.Create(path);
        writer.WriteTo(stream);
    }
}
