using System.Globalization;
using System.IO.Compression;
using Kindred.Boosting;
using Kindred.Numerics;
using Kindred.Ranking;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Boosting;

/// <summary>LightGBM's ranking example (examples/lambdarank), with the options of its train.conf.</summary>
public sealed class LambdaRankExampleTests(ITestOutputHelper output)
{
    private static readonly BoostedTrees Example = new()
    {
        Options = new() { Trees = 100, Leaves = 31, LearningRate = .1, MinLeafRows = 50, FeatureFraction = 1 },
        MinLeafHessian = 5, RowFraction = .9, RowsDrawnEvery = 1, MaxBins = 255,
    };

    [Fact]
    public void Ndcg_on_the_test_queries_is_what_LightGBM_reports_itself()
    {
        string folder = RealData.Folder("lambdarank");
        var train = Read(new GZipStream(File.OpenRead(Path.Combine(folder, "rank.train.gz")), CompressionMode.Decompress),
            Path.Combine(folder, "rank.train.query"));
        var test = Read(File.OpenRead(Path.Combine(folder, "rank.test")), Path.Combine(folder, "rank.test.query"));
        Assert.Equal((201, 3005, 50, 768), (train.GroupSizes.Length, train.Features.Rows, test.GroupSizes.Length, test.Features.Rows));

        int[] cutOffs = [1, 3, 5, 10];
        string parameters = $"metric=ndcg eval_at={string.Join(',', cutOffs)} {Example.Parameters(train, new() { Workers = 1 })}";
        using var rows = new BinnedRows(train, parameters);
        using var others = new BinnedRows(test, parameters, rows);
        using var booster = new Booster(rows, others, parameters);
        for (int n = 0; n < Example.Options.Trees; n++) booster.Grow();
        double[] reported = booster.EvaluateValidation();

        var forest = Example.Train(train, null, new() { Workers = 1 });
        var scores = new double[test.Features.Rows];
        forest.Score(test.Features, scores);
        var own = Array.ConvertAll(cutOffs, k => test.Ndcg(scores, k));
        for (int n = 0; n < cutOffs.Length; n++) output.WriteLine($"NDCG@{cutOffs[n]}: {own[n]:F5}, LightGBM reports {reported[n]:F5}");
        for (int n = 0; n < cutOffs.Length; n++) Assert.Equal(reported[n], own[n], .005);
        Assert.InRange(own[^1], .7, .9);
    }

    /// <summary>
    /// Lines <c>label feature:value …</c>, features from 1 to 300, what is left out is 0; sizes of the queries, one a line.
    /// </summary>
    private static RankingData Read(Stream stream, string sizes)
    {
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var features = new Matrix(lines.Length, 301);
        var labels = new float[lines.Length];
        for (int n = 0; n < lines.Length; n++)
        {
            string[] words = lines[n].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            labels[n] = float.Parse(words[0], CultureInfo.InvariantCulture);
            foreach (string word in words.AsSpan(1))
            {
                string[] pair = word.Split(':');
                features.Row(n)[int.Parse(pair[0], CultureInfo.InvariantCulture)] = float.Parse(pair[1], CultureInfo.InvariantCulture);
            }
        }
        return new(features, labels, File.ReadLines(sizes).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToArray());
    }
}
