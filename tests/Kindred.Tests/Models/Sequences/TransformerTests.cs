using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Sequences;
using Kindred.Numerics;
using Kindred.Storage;
using Kindred.Tests.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Sequences;

/// <summary>What is served without Torch; that Torch says the same is a native test.</summary>
public sealed class TransformerTests
{
    private const int Items = 30, D = 12;

    private static readonly Vocabulary Ids = new([.. Enumerable.Range(0, Items).Select(n => $"i{n}")]);

    private static (TransformerShape Shape, Dictionary<string, Matrix> Arrays) Some(int heads, string reads)
    {
        var shape = new TransformerShape(Items, 8, D, 2, heads, 20, Enum.Parse<Attention>(reads));
        return (shape, shape.Arrays.Select((array, n) => (array, n))
            .ToDictionary(a => a.array.Name, a => Reference.Random(a.array.Rows, a.array.Columns, (ulong)(1 + a.n))));
    }

    [Theory]
    [InlineData(1, "Forwards", 1)]
    [InlineData(1, "Forwards", 8)]
    [InlineData(3, "Forwards", 5)]
    [InlineData(2, "Forwards", 20)] // longer than what is looked at
    [InlineData(1, "BothWays", 1)]
    [InlineData(3, "BothWays", 5)]
    [InlineData(2, "BothWays", 20)]
    public void It_equals_its_formulas(int heads, string reads, int length)
    {
        var (shape, arrays) = Some(heads, reads);
        var rng = new Rng(9);
        int[] history = [.. Enumerable.Range(0, length).Select(_ => rng.NextInt(Items))];
        int[] read = shape.Reads == Attention.Forwards ? history[^Math.Min(8, length)..] : [.. history[^Math.Min(7, length)..], Items];
        double[] expected = ByFormula(shape, arrays, read);
        var embedding = new float[D];
        Assert.True(new Transformer(Ids, shape, arrays).TryEmbed(new Query(-1, history), embedding));
        for (int n = 0; n < D; n++) Assert.Equal(expected[n], embedding[n], 1e-4);
    }

    // every position of every block, in double
    private static double[] ByFormula(TransformerShape shape, Dictionary<string, Matrix> arrays, int[] read)
    {
        int length = read.Length, width = D / shape.Heads;
        double[][] x = [.. read.Select((item, p) => Enumerable.Range(0, D)
            .Select(n => (Math.Sqrt(D) * arrays["items"].Row(item)[n]) + arrays["positions"].Row(shape.HistoryLength - length + p)[n])
                .ToArray())];
        for (int block = 0; block < shape.Blocks; block++)
        {
            double[][] all = [.. x.Select(row => Product(
                arrays[TransformerShape.Projection(block)],
                Normal(row, TransformerShape.AttentionGain(block), TransformerShape.AttentionShift(block)),
                arrays[TransformerShape.ProjectionBias(block)]))];
            var attended = new double[length][];
            for (int p = 0; p < length; p++)
            {
                attended[p] = new double[D];
                int seen = shape.Reads == Attention.Forwards ? p + 1 : length;
                for (int head = 0; head < shape.Heads; head++)
                {
                    int at = head * width;
                    double[] scores = [.. Enumerable.Range(0, seen)
                        .Select(k => Math.Exp(Enumerable.Range(at, width).Sum(n => all[p][n] * all[k][D + n]) / Math.Sqrt(width)))];
                    for (int n = at; n < at + width; n++)
                        attended[p][n] = Enumerable.Range(0, seen).Sum(k => scores[k] * all[k][(2 * D) + n]) / scores.Sum();
                }
            }
            for (int p = 0; p < length; p++)
            {
                Add(x[p], Product(arrays[TransformerShape.OutProjection(block)], attended[p], arrays[TransformerShape.MixingBias(block)]));
                double[] hidden = Product(
                    arrays[TransformerShape.MlpIn(block)],
                    Normal(x[p], TransformerShape.FeedGain(block), TransformerShape.FeedShift(block)),
                    arrays[TransformerShape.FeedInBias(block)]);
                Add(x[p], Product(arrays[TransformerShape.MlpOut(block)], [.. hidden.Select(v => Math.Max(0, v))],
                    arrays[TransformerShape.FeedOutBias(block)]));
            }
        }
        return Normal(x[^1], "gain", "shift");

        double[] Normal(double[] row, string gain, string shift)
        {
            double mean = row.Average(), deviation = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + 1e-5);
            return [.. row.Select((v, n) => ((v - mean) / deviation * arrays[gain].Row(0)[n]) + arrays[shift].Row(0)[n])];
        }
    }

    private static double[] Product(Matrix weights, double[] x, Matrix bias) =>
        [.. Enumerable.Range(0, weights.Rows).Select(r => x.Select((v, n) => v * weights.Row(r)[n]).Sum() + bias.Row(0)[r])];

    private static void Add(double[] x, double[] y)
    {
        for (int n = 0; n < x.Length; n++) x[n] += y[n];
    }

    [Fact]
    public void Items_that_nobody_touched_are_not_read_and_not_recommended()
    {
        var (shape, arrays) = Some(1, "Forwards");
        arrays["items"].Row(3).Clear();
        IEmbeddingModel model = new Transformer(Ids, shape, arrays);
        float[] with = new float[Items], without = new float[Items];
        model.Score(new Query(-1, new[] { 5, 3, 7 }), with);
        model.Score(new Query(-1, new[] { 5, 7 }), without);
        Assert.Equal(without, with);
        Assert.True(float.IsNaN(with[3]));
        Assert.False(model.TryEmbed(new Query(-1, new[] { 3 }), new float[D]));
        Assert.False(model.TryEmbed(new Query(0, default), new float[D]));
    }

    [Fact]
    public void A_program_that_cannot_train_it_reads_it()
    {
        var (shape, arrays) = Some(2, "Forwards");
        var model = new Transformer(Ids, shape, arrays);
        using var folder = new TemporaryFolder();
        var writer = new TensorWriter();
        model.Save(writer);
        using (var stream = File.Create(folder.File("model"))) writer.WriteTo(stream);
        using var file = TensorFile.Open(folder.File("model"));
        var loaded = (IEmbeddingModel)TrainerCatalog.Default.Load("sasrec", file, Ids);
        float[] saved = new float[D], read = new float[D];
        Assert.True(model.TryEmbed(new Query(-1, new[] { 1, 2, 3 }), saved) && loaded.TryEmbed(new Query(-1, new[] { 1, 2, 3 }), read));
        Assert.Equal(saved, read);
    }

    [Fact]
    public void Arrays_that_do_not_fit_are_refused()
    {
        var (shape, arrays) = Some(2, "Forwards");
        arrays["gain"] = new(1, 3);
        Assert.Contains(
            "'gain' is 1 x 3 instead of 1 x 12", Assert.Throws<InputException>(() => new Transformer(Ids, shape, arrays)).Message);
    }
}
