using System.Diagnostics;
using System.Globalization;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// What defaults are worth on several sets of data: NDCG@10 of models with various options on the validation part, as served, lists
/// filled up by popularity. The test parts are not read. Each result is a line that is appended to a file; what the file has is not
/// measured again.
/// </summary>
internal static class DefaultsBenchmark
{
    /// <param name="args">
    /// A file of results; sets as <see cref="SampledSplit"/> reads them; models with their options, and behind one <c>*20</c> for as many
    /// draws from its search space, the same ones for all sets.
    /// </param>
    public static int Run(string[] args)
    {
        if (args is not [var file, .. var rest] || rest.Length < 2) return 2;
        string[] sets = [.. rest.Where(arg => arg.Contains('@', StringComparison.Ordinal))];
        ModelSpec[] models = [.. rest.Except(sets).SelectMany(Drawn)];
        var done = File.Exists(file) ? File.ReadLines(file).Select(KeyOf).ToHashSet() : [];
        foreach (string set in sets)
        {
            string name = SampledSplit.NameIn(set);
            if (models.All(model => done.Contains((name, model.Name)))) continue;
            using var split = SampledSplit.Open(set);
            var holdout = split.Tuning;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"# {set}: {holdout.Train.Users.Count} users, "
                + $"{holdout.Train.Items.Count} items, {holdout.Train.ByUser.Count} pairs, {holdout.TestUsers} asked"));
            var popular = new Popularity().Train(holdout.Train);
            foreach (var model in models)
            {
                if (!done.Add((name, model.Name))) continue;
                string line = Measure(name, model, holdout, popular);
                Console.WriteLine(line);
                File.AppendAllText(file, line + '\n');
            }
        }
        return 0;
    }

    private static (string Set, string Model) KeyOf(string line) => line.Split('\t') is [var set, var model, ..] ? (set, model) : default;

    private static string Measure(string set, ModelSpec spec, Holdout holdout, IModel popular)
    {
        var clock = Stopwatch.StartNew();
        var model = spec.Trainer.Train(holdout.Train, new TrainingContext { Workers = 1 });
        double trained = clock.Elapsed.TotalSeconds;
        var pipeline = model.AsPipeline(fallback: popular);
        double value = Evaluator.Evaluate(spec.Name, pipeline, holdout, new() { Metrics = [new Ndcg(10)], Resamples = 1, Workers = 1 })
            .Of("NDCG@10").Mean;
        return string.Create(CultureInfo.InvariantCulture,
            $"{set}\t{spec.Name}\t{value:F5}\t{trained:F1}\t{clock.Elapsed.TotalSeconds - trained:F1}");
    }

    private static IEnumerable<ModelSpec> Drawn(string text)
    {
        string[] parts = text.Split('*');
        var spec = ModelSpec.Parse(parts[0]);
        yield return spec;
        if (parts.Length == 1) yield break;
        var space = TrainerCatalog.Default.Find(spec.TrainerName).Space;
        foreach (string option in ModelSpec.OptionsIn(spec.Name).Select(option => option.Key)) space = space.Without(option);
        for (int draw = 0; draw < int.Parse(parts[1], CultureInfo.InvariantCulture); draw++)
        {
            var rng = new Rng(1).Fork(spec.Name, draw);
            double[] point = [.. space.Ranges.Select(range => range.Low + (rng.NextDouble() * (range.High - range.Low)))];
            yield return spec.With(space.ValuesAt(point));
        }
    }
}
