using System.Diagnostics;
using Kindred.Boosting;
using Kindred.Numerics;
using Kindred.Ranking;

namespace Kindred.Benchmarks;

/// <summary>
/// Scores of boosted trees beside LightGBM's own, in the same run, one thread: row by row and in batches. Both give the same bits.
/// </summary>
internal static unsafe class ForestBenchmark
{
    // short runs, so that some are not interrupted
    private const int Rows = 20_000, TimedRows = 4_000, Features = 20, GroupSize = 20, Tries = 40;

    public static void Run()
    {
        Console.WriteLine(Machine.Describe());
        var (data, trees) = (Generate(),
            new BoostedTrees { Options = new() { Trees = 100, Leaves = 31, LearningRate = .1, MinLeafRows = 20, FeatureFraction = 1 } });
        string parameters = trees.Parameters(data, new() { Workers = 1 });
        using var rows = new BinnedRows(data, parameters);
        using var booster = new Booster(rows, null, parameters);
        long start = Stopwatch.GetTimestamp();
        for (int n = 0; n < trees.Options.Trees; n++) booster.Grow();
        double training = Stopwatch.GetElapsedTime(start).TotalSeconds;
        string text = booster.Text();
        var forest = Forest.Parse(text);
        Console.WriteLine($"{forest.Trees} trees of {trees.Options.Leaves} leaves, {Features} features; training on {Rows} " +
            $"rows {training:F1} s; reading the model {Machine.Time(() => Forest.Parse(text)) * 1e3:F1} ms");
        double[] ours = new double[Rows], theirs = new double[Rows];
        forest.Score(data.Features, ours);
        booster.Predict(data.Features, LightGbm.RawScore, theirs);
        Console.WriteLine($"largest difference of the scores: {ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max()}");

        Console.WriteLine("| rows at a time | ours, µs a row | LightGBM, µs a row | ratio |");
        Console.WriteLine("| ---: | ---: | ---: | ---: |");
        double one = Machine.Time(() => { for (int n = 0; n < TimedRows; n++) ours[n] = forest.Score(data.Features.Row(n)); }, Tries);
        Print(1, one, SingleRows(booster, data.Features, theirs));
        foreach (int count in (int[])[10, 100, 500, TimedRows])
        {
            Matrix[] batches = [.. Enumerable.Range(0, TimedRows / count)
                .Select(n => new Matrix(count, Features, data.Features.Values.Slice(n * count * Features, count * Features)))];
            double own = Machine.Time(() => { foreach (var batch in batches) forest.Score(batch, ours.AsSpan(0, count)); }, Tries);
            double native =
                Machine.Time(
                    () => { foreach (var batch in batches) booster.Predict(batch, LightGbm.RawScore, theirs.AsSpan(0, count)); }, Tries);
            Print(count, own, native);
        }
        double explained = Machine.Time(() => { for (int n = 0; n < 200; n++) forest.Explain(data.Features.Row(n)); });
        var some = new Matrix(200, Features, data.Features.Values[..(200 * Features)]);
        var contributions = new double[200 * (Features + 1)];
        double explainedNatively = Machine.Time(() => booster.Predict(some, LightGbm.Contributions, contributions));
        Console.WriteLine($"explaining a row: {explained / 200 * 1e6:F0} µs, LightGBM {explainedNatively / 200 * 1e6:F0} µs");
    }

    private static void Print(int count, double ours, double theirs) =>
        Console.WriteLine($"| {count} | {ours / TimedRows * 1e6:F2} | {theirs / TimedRows * 1e6:F2} | {theirs / ours:F1} |");

    private static double SingleRows(Booster booster, Matrix features, double[] scores)
    {
        LightGbm.Check(LightGbm.BoosterPredictForMatSingleRowFastInit(
            booster.Handle, LightGbm.RawScore, 0, -1, LightGbm.Float32, Features, "num_threads=1", out nint configuration));
        double seconds = Machine.Time(() =>
        {
            fixed (float* first = features.Values.Span)
            fixed (double* score = scores)
                for (int n = 0; n < TimedRows; n++)
                    _ = LightGbm.BoosterPredictForMatSingleRowFast(configuration, first + (n * Features), out _, score + n);
        }, Tries);
        _ = LightGbm.FastConfigFree(configuration);
        return seconds;
    }

    private static RankingData Generate()
    {
        var rng = new Rng(1);
        var features = new Matrix(Rows, Features);
        var labels = new float[Rows];
        foreach (ref float value in features.Values.Span) value = rng.NextFloat();
        for (int n = 0; n < Rows; n++)
        {
            var row = features.Row(n);
            double worth = (2 * row[0]) + (3 * row[1] * row[2]) + rng.NextDouble();
            labels[n] = worth > 3 ? 2 : worth > 2 ? 1 : 0;
        }
        return new(features, labels, Enumerable.Repeat(GroupSize, Rows / GroupSize).ToArray());
    }
}
