using System.Globalization;
using System.IO.Compression;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>The error of neighbours on the five parts of MovieLens 100k: u1.base to train and u1.test to measure, and so on.</summary>
internal static class NeighbourRatings
{
    private const int Users = 943, Items = 1682;

    private static (string Name, ITrainer Trainer)[] Trainers =>
    [
        ("bias", new Bias()),
        ("users, MSD, as they are (Surprise's KNNBasic)", Basic),
        ("users, MSD, from their means (KNNWithMeans)", Basic with { Center = RatingCenter.Mean }),
        ("users, MSD, from the baseline (KNNBaseline)", Basic with { Center = RatingCenter.Baseline }),
        ("users, Pearson baseline", new RatingKnn { ItemBased = false }),
        ("items, MSD, as they are", Basic with { ItemBased = true }),
        ("items, Pearson, as they are", Basic with { ItemBased = true, Similarity = RatingSimilarity.Pearson, Shrinkage = 100 }),
        ("items, MSD, as they are, λ 100", Basic with { ItemBased = true, Shrinkage = 100 }),
        ("items, Pearson baseline, as they are", Basic with { ItemBased = true, Similarity = RatingSimilarity.PearsonBaseline, Shrinkage = 100 }),
        ("items, MSD, from the baseline", Basic with { ItemBased = true, Center = RatingCenter.Baseline }),
        ("items, Pearson baseline (defaults)", new RatingKnn()),
        ("items, Pearson baseline, 20 neighbours", new RatingKnn { Neighbours = 20 }),
        ("items, Pearson baseline, 80 neighbours", new RatingKnn { Neighbours = 80 }),
    ];

    private static RatingKnn Basic => new()
    {
        ItemBased = false, Similarity = RatingSimilarity.MeanSquaredDifference, Center = RatingCenter.None, Shrinkage = 0,
    };

    public static void Run()
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("KINDRED_DATA") ?? "../shared/data", "ml-100k");
        Holdout[] parts = [.. Enumerable.Range(1, 5).Select(n => Holdout.Of(
            Read(Path.Combine(folder, $"u{n}.base.gz")), Read(Path.Combine(folder, $"u{n}.test")), $"u{n}"))];
        Console.WriteLine("| model | RMSE | MAE | RMSE of u1 to u5 | s |");
        Console.WriteLine("| --- | ---: | ---: | --- | ---: |");
        foreach (var (name, trainer) in Trainers)
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            PredictionReport[] reports = [.. parts.Select(part =>
                PredictionEvaluator.Evaluate(name, (IRatingModel)trainer.Train(part.Train, new()), part, new() { Resamples = 1 }))];
            double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
            double Mean(int metric) => reports.Average(report => report.Estimates[metric].Mean);
            string each = string.Join(" ", reports.Select(report => report.Estimates[0].Mean.ToString("F4", CultureInfo.InvariantCulture)));
            Console.WriteLine($"| {name} | {Mean(0):F4} | {Mean(1):F4} | {each} | {seconds:F1} |");
        }
    }

    private static Interactions Read(string path)
    {
        using var file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        var ratings = new List<(int, int, float)>();
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split('\t');
            int Number(int field) => int.Parse(fields[field], CultureInfo.InvariantCulture);
            ratings.Add((Number(0) - 1, Number(1) - 1, Number(2)));
        }
        return Interactions.From(Ids, Films, SparseMatrix.FromTriplets(Users, Items, ratings));
    }

    private static Vocabulary Ids { get; } = Numbered(Users);

    private static Vocabulary Films { get; } = Numbered(Items);

    private static Vocabulary Numbered(int count) =>
        new([.. Enumerable.Range(1, count).Select(n => n.ToString(CultureInfo.InvariantCulture))]);
}
