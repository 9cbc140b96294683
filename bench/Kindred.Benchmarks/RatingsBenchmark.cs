using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>Errors of the models of ratings on the five published folds of MovieLens 100k, beside published ones.</summary>
internal static class RatingsBenchmark
{
    private const int Users = 943, Items = 1682;

    private static readonly (string Name, string Rmse, string Mae)[] Published =
    [
        ("Surprise 1.1 SVD, folds at random", ".934", ".737"),
        ("Surprise 1.1 SVD++, folds at random", ".919", ".721"),
        ("MyMediaLite 3 biased MF, u1 to u5", ".9076", ""),
        ("MyMediaLite 3 SVD++, u1 to u5", ".9065", ""),
    ];

    /// <param name="args">
    /// <c>ratings [model:option=value,…]…</c>: the five folds; <c>ratings validation …</c>: trained on nine tenths of each fold's training
    /// part, measured on the last tenth; <c>ratings niche</c>; <c>ratings speed</c>.
    /// </param>
    public static int Run(string[] args)
    {
        if (args is ["speed", .. var speed]) return RatingSpeed.Run(speed);
        string? folder = Environment.GetEnvironmentVariable("KINDRED_DATA");
        if (folder is null || !Directory.Exists(Path.Combine(folder, "ml-100k")))
        {
            Console.Error.WriteLine("Set KINDRED_DATA to the folder that holds ml-100k.");
            return 2;
        }
        Holdout[] folds = [.. Enumerable.Range(1, 5).Select(fold => Fold(Path.Combine(folder, "ml-100k"), fold))];
        if (args is ["niche"]) NicheTable.Print(folds[0]);
        else if (args is ["validation", .. var rest]) Table([.. folds.Take(2).Select(Validation)], rest);
        else Table(folds, args);
        return 0;
    }

    private static void Table(Holdout[] folds, string[] specs)
    {
        Console.WriteLine("| model | RMSE | MAE | of each fold | s a fold |");
        Console.WriteLine("| --- | ---: | ---: | --- | ---: |");
        foreach (string spec in specs.Length > 0 ? specs : ["bias", "mf", "svdpp", "als"])
        {
            var clock = Stopwatch.StartNew();
            IRatingModel[] models = [.. folds.Select(fold => (IRatingModel)Parse(spec).Train(fold.Train, new()))];
            double seconds = clock.Elapsed.TotalSeconds / folds.Length;
            PredictionReport[] reports =
                [.. models.Zip(folds, (model, fold) => PredictionEvaluator.Evaluate(spec, model, fold, new() { Resamples = 1 }))];
            double Mean(string metric) => reports.Average(report => report.Of(metric).Mean);
            string each = string.Join(' ', reports.Select(report => $"{report.Of("RMSE").Mean:.0000}"));
            Console.WriteLine($"| `{spec}` | {Mean("RMSE"):.0000} | {Mean("MAE"):.0000} | {each} | {seconds:F1} |");
        }
        foreach (var (name, rmse, mae) in Published) Console.WriteLine($"| {name} | {rmse} | {mae} | | |");
    }

    /// <summary>A tenth of the training part, at random.</summary>
    private static Holdout Validation(Holdout fold)
    {
        var rng = new Rng(7);
        bool[] isHeld = [.. Enumerable.Range(0, fold.Train.Histories.Count).Select(_ => rng.NextInt(10) == 0)];
        return Holdout.Of(fold.Train.Where([.. isHeld.Select(held => !held)]), fold.Train.Where(isHeld),
            "A tenth of the training part at random.", "validation");
    }

    private static ITrainer Parse(string spec)
    {
        string[] parts = spec.Split(':', 2);
        var options = new JsonObject();
        foreach (string option in parts.Length > 1 ? parts[1].Split(',') : [])
            options[option.Split('=')[0]] = JsonNode.Parse(option.Split('=')[1]);
        return TrainerCatalog.Default.Create(parts[0], options);
    }

    private static Holdout Fold(string folder, int fold)
    {
        var (users, items) = (Numbered(Users), Numbered(Items));
        Interactions Read(string file) =>
            Interactions.From(users, items, SparseMatrix.FromTriplets(Users, Items, [.. Rows(Path.Combine(folder, file))]));
        return Holdout.Of(Read($"u{fold}.base.gz"), Read($"u{fold}.test"), $"MovieLens 100k, u{fold}.");
    }

    private static Vocabulary Numbered(int count) =>
        new([.. Enumerable.Range(1, count).Select(n => n.ToString(CultureInfo.InvariantCulture))]);

    private static IEnumerable<(int, int, float)> Rows(string file)
    {
        using Stream stream = File.OpenRead(file);
        using var reader = new StreamReader(file.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            string[] columns = line.Split('\t');
            yield return (int.Parse(columns[0], CultureInfo.InvariantCulture) - 1, int.Parse(columns[1], CultureInfo.InvariantCulture) - 1,
                float.Parse(columns[2], CultureInfo.InvariantCulture));
        }
    }
}
