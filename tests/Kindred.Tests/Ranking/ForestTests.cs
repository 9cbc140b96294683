using CsCheck;
using Kindred.Numerics;
using Kindred.Ranking;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Ranking;

public sealed class ForestTests : IDisposable
{
    /// <summary>
    /// Tree 0: x0 ≤ .5 → 1 (2 rows); else x1 ≤ .5 → 2 (1 row), else 4 (1 row). Tree 1 is a leaf of .25.
    /// The thresholds send NaN right (decision 8) at the root, left (decision 10) below.
    /// </summary>
    internal const string Text = """
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        max_feature_idx=1
        feature_names=age price
        tree_sizes=1 1

        Tree=0
        num_leaves=3
        num_cat=0
        split_feature=0 1
        threshold=0.5 0.5
        decision_type=8 10
        left_child=-1 -2
        right_child=1 -3
        leaf_value=1 2 4
        leaf_count=2 1 1
        is_linear=0

        Tree=1
        num_leaves=1
        leaf_value=0.25

        end of trees
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Gen<GeneratedForest> Forests(int trees, int features, int leaves) =>
        from seed in Gen.Int[0, int.MaxValue - 1] select new GeneratedForest(seed, trees, features, leaves);

    private TensorFile Write(Action<TensorWriter> fill)
    {
        var writer = new TensorWriter();
        fill(writer);
        string path = _folder.File($"{Guid.NewGuid():n}.safetensors");
        using (var stream = File.Create(path)) writer.WriteTo(stream);
        return TensorFile.Open(path);
    }

    [Fact]
    public void A_score_is_the_sum_of_the_leaves_that_a_row_comes_to()
    {
        var forest = Forest.Parse(Text);
        Assert.Equal(["age", "price"], forest.Features);
        Assert.Equal(2, forest.Trees);
        Assert.Equal(1.25, forest.Score([.5f, 9]));
        Assert.Equal(2.25, forest.Score([.6f, .5f]));
        Assert.Equal(4.25, forest.Score([.6f, .6f]));
        Assert.Equal(2.25, forest.Score([float.NaN, float.NaN])); // right, then left
        Assert.Equal(((2 * 1) + 2 + 4) / 4.0 + .25, forest.ExpectedScore);
    }

    [Theory]
    [InlineData(0, new[] { 1, 1, 2, 1 })] // nothing is missing: NaN is 0
    [InlineData(4, new[] { 2, 2, 2, 1 })] // zeros are missing and go right
    [InlineData(6, new[] { 1, 1, 2, 1 })] // zeros are missing and go left
    [InlineData(8, new[] { 2, 1, 2, 1 })] // NaN is missing and goes right
    [InlineData(10, new[] { 1, 1, 2, 1 })] // NaN is missing and goes left
    public void What_is_missing_goes_where_the_split_says(int decision, int[] leaves)
    {
        var forest = Forest.Parse(Text.Replace("decision_type=8 10", $"decision_type={decision} 0", StringComparison.Ordinal));
        float[] values = [float.NaN, 0, .7f, .1f];
        Assert.Equal(leaves.Select(leaf => leaf + .25), values.Select(x => forest.Score([x, 0])));
    }

    [Fact]
    public void A_categorical_split_asks_for_a_category_in_its_set()
    {
        // bits 1 and 33: categories 1 and 33 go left
        string text = Text.Replace("threshold=0.5 0.5", "threshold=0 0.5", StringComparison.Ordinal)
            .Replace("decision_type=8 10", "decision_type=1 10\ncat_boundaries=0 2\ncat_threshold=2 2", StringComparison.Ordinal);
        var forest = Forest.Parse(text);
        float[] left = [1, 33, 1.9f], right = [0, 2, 32, 64, 1e9f, -1, float.NaN, float.NegativeInfinity, float.PositiveInfinity];
        Assert.All(left, x => Assert.Equal(1.25, forest.Score([x, 0])));
        Assert.All(right, x => Assert.Equal(2.25, forest.Score([x, 0])));
    }

    [Fact]
    public void Random_forests_score_as_they_are_defined() => Forests(40, 4, 40).Sample(
        generated =>
        {
            var forest = Forest.Parse(generated.Text());
            for (int n = 0; n < 20; n++)
            {
                float[] row = generated.Row();
                Assert.Equal(generated.Score(row), forest.Score(row));
            }
        },
        iter: 60);

    [Fact]
    public void Many_rows_score_as_each_does()
    {
        var generated = new GeneratedForest(7, 30, 5, 31);
        var forest = Forest.Parse(generated.Text());
        foreach (int count in (int[])[0, 1, 63, 64, 65, 200])
        {
            var rows = new Matrix(count, 5);
            for (int n = 0; n < count; n++) generated.Row().CopyTo(rows.Row(n));
            var scores = new double[count];
            scores.AsSpan().Fill(9);
            forest.Score(rows, scores);
            for (int n = 0; n < count; n++) Assert.Equal(forest.Score(rows.Row(n)), scores[n]);
        }
    }

    [Fact]
    public void A_forest_comes_back_from_its_file() => Forests(5, 3, 12).Sample(
        generated =>
        {
            var forest = Forest.Parse(generated.Text()).WithFeatures(["a", "b c", "größe"]);
            using var file = Write(forest.Save);
            var again = Forest.Load(file);
            Assert.Equal(["a", "b c", "größe"], again.Features);
            Assert.Equal(forest.ExpectedScore, again.ExpectedScore);
            for (int n = 0; n < 10; n++)
            {
                float[] row = generated.Row();
                Assert.Equal(forest.Score(row), again.Score(row));
                Assert.Equal(forest.Explain(row).Contributions.ToArray(), again.Explain(row).Contributions.ToArray());
            }
        },
        iter: 20, threads: 1);

    [Theory]
    [InlineData("tree\n", "wood\n", "damaged at line 1: it does not begin with 'tree'")]
    [InlineData("end of trees", "", "there is no 'end of trees'")]
    [InlineData("num_class=1", "num_class=3", "num_class=3 gives more than one score")]
    [InlineData("is_linear=0", "is_linear=1", "linear models in its leaves")]
    [InlineData("max_feature_idx=1", "max_feature_idx=1\naverage_output", "averaged")]
    [InlineData("max_feature_idx=1", "max_feature_idx=2", "names 2 features but has 3")]
    [InlineData("tree_sizes=1 1", "tree_sizes=1 1 1", "it has 2 trees instead of 3")]
    [InlineData("leaf_value=1 2 4", "leaf_value=1 2", "it has 2 splits but not 3 leaves")]
    [InlineData("leaf_value=1 2 4", "leaf_value=1 2 4x", "damaged at line 17: leaf_value has '4x'")]
    [InlineData("leaf_value=1 2 4", "leaf_value=1 2 nan", "the value of a leaf is not a number")]
    [InlineData("leaf_value=1 2 4", "leaf_values=1 2 4", "damaged at line 9: leaf_value is missing")]
    [InlineData("num_cat=0", "leaf_value=1 2 4", "leaf_value is there twice")]
    [InlineData("num_leaves=3", "num_leaves=4", "it has 2 splits for 4 leaves")]
    [InlineData("leaf_count=2 1 1", "leaf_count=2 -1 1", "row counts of its leaves are impossible")]
    [InlineData("split_feature=0 1", "split_feature=0 2", "a feature that is not among the 2")]
    [InlineData("threshold=0.5 0.5", "threshold=0.5", "its splits are incomplete")]
    [InlineData("threshold=0.5 0.5", "threshold=0.5 nan", "a threshold is not a number")]
    [InlineData("decision_type=8 10", "decision_type=8 12", "its decision 12 is unknown")]
    [InlineData("decision_type=8 10", "decision_type=8 1", "a categorical split has no set")]
    [InlineData("right_child=1 -3", "right_child=1 -2", "its nodes do not make a tree")]
    [InlineData("right_child=1 -3", "right_child=0 -3", "its nodes do not make a tree")]
    [InlineData("right_child=1 -3", "right_child=5 -3", "its nodes do not make a tree")]
    [InlineData("right_child=1 -3", "right_child=-3 1", "its nodes do not hang together")]
    [InlineData("num_cat=0", "cat_boundaries=0 2\ncat_threshold=5", "its sets of categories are incomplete")]
    public void A_damaged_text_is_refused(string good, string bad, string reason)
    {
        Assert.Contains(good, Text, StringComparison.Ordinal);
        var error = Assert.Throws<InputException>(() => Forest.Parse(Text.Replace(good, bad, StringComparison.Ordinal)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_damage_to_a_text_leads_anywhere_but_to_a_refusal_or_a_forest() =>
        Gen.Select(Gen.Int[0, Text.Length - 1], Gen.Int[0, 5], Gen.Int[0, 5].Select(n => "0- =\n9"[n])).Sample(
            (place, length, other) =>
            {
                string text = Text[..place] + other + Text[Math.Min(Text.Length, place + length)..];
                try { Forest.Parse(text).Score(new float[Forest.Parse(text).Features.Count]); }
                catch (InputException e) { Assert.EndsWith(".", e.Message, StringComparison.Ordinal); }
            },
            iter: 2000);

    [Theory]
    [InlineData("forest.firsts", 0, 3)]
    [InlineData("forest.firsts", 2, 1)]
    [InlineData("forest.firsts", 1, 2)]
    [InlineData("forest.columns", 0, 2)]
    [InlineData("forest.roots", 1, 6)]
    [InlineData("forest.roots", 2, 4)]
    [InlineData("forest.columns.features", 1, 2)]
    [InlineData("forest.columns.sets", 0, 0)]
    [InlineData("forest.sets.starts", 0, 1)]
    public void A_damaged_file_is_refused(string array, int place, int value)
    {
        using var file = Write(Forest.Parse(Text).Save);
        if (array == "forest.columns.sets") file.Array<byte>("forest.columns.forms").Span[0] = (byte)ColumnForm.InSet;
        file.Array<int>(array).Span[place] = value;
        var error = Assert.Throws<InputException>(() => Forest.Load(file));
        Assert.Contains("is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leaf_that_lets_rows_pass_is_refused()
    {
        using var file = Write(Forest.Parse(Text).Save);
        file.Array<float>("forest.thresholds").Span[4] = 0;
        Assert.Throws<InputException>(() => Forest.Load(file));
    }

    [Fact]
    public void Rows_of_another_width_are_an_error()
    {
        var forest = Forest.Parse(Text);
        Assert.Throws<ArgumentException>(() => forest.Score([1]));
        Assert.Throws<ArgumentException>(() => forest.Score(new Matrix(1, 3), new double[1]));
        Assert.Throws<ArgumentException>(() => forest.Score(new Matrix(1, 2), new double[2]));
        Assert.Throws<ArgumentException>(() => forest.WithFeatures(["one"]));
    }
}
