using System.Diagnostics;
using System.Globalization;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Tuning;

namespace Kindred.Benchmarks;

/// <summary>
/// Is the choice of `kindred compare`, made on the validation part, the best by the test part? Chooses as the command does; then trains and
/// measures every candidate on the test part, which decides nothing.
/// </summary>
internal static class ChoiceBenchmark
{
    /// <param name="args">
    /// Minutes of the search of options, 0 for the models' own options; a file to append results to; sets as <see cref="SampledSplit"/>
    /// reads them.
    /// </param>
    public static int Run(string[] args)
    {
        if (args is not [var time, var file, .. var sets] || sets.Length == 0) return 2;
        double minutes = double.Parse(time, CultureInfo.InvariantCulture);
        var done = File.Exists(file) ? File.ReadLines(file).Select(line => line.Split('\t')[0]).ToHashSet() : [];
        foreach (string set in sets.Where(set => !done.Contains(SampledSplit.NameIn(set))))
        {
            using var split = SampledSplit.Open(set);
            var clock = Stopwatch.StartNew();
            var options = new ComparisonOptions { Progress = new Steps() };
            var models = Suiting(split.Tuning, minutes);
            var chosen = ModelComparison.On(split.Tuning, models.Compared, options).Winner;
            double seconds = clock.Elapsed.TotalSeconds;
            var test = ModelComparison.On(split.Final, models.Tried, options);
            var best = test.Models[0];
            double Of(string name) => test.Models.First(model => model.Name == name).Report.Of(options.MainMetric).Mean;
            foreach (var model in test.Models) Console.WriteLine($"  {model.Name}: {Of(model.Name):F4}");
            string line = string.Create(CultureInfo.InvariantCulture,
                $"{split.Name}\t{models.Tried.Count}\t{seconds:F0}\t{chosen.Name}\t{Of(chosen.Name):F4}\t{best.Name}\t{Of(best.Name):F4}\t"
                + $"{Of(chosen.Name) / Of(best.Name):P1}");
            Console.WriteLine(line);
            File.AppendAllText(file, line + '\n');
        }
        return 0;
    }

    /// <returns>What the command compares, and all that it tried: the first, and each model with its own options.</returns>
    private static (IReadOnlyList<ModelSpec> Compared, IReadOnlyList<ModelSpec> Tried) Suiting(Holdout holdout, double minutes)
    {
        var trainers = TrainerCatalog.Default;
        var shortlist = SuitableModels.For(holdout.Train, DataProfile.For(holdout.Train), trainers);
        if (minutes == 0) return (shortlist.Entries, shortlist.Entries);
        var options = new ComparisonOptions();
        var metric = options.MainMetricFor(holdout);
        var context = new TrainingContext();
        var search = new ModelSearch(
            ValidationObjective.Of(holdout, metric, new Popularity().Train(holdout.Train), context),
            new()
            {
                Trainer = shortlist.Entries[0].Trainer,
                Space = trainers.Find(shortlist.Entries[0].TrainerName).Space,
                Subject = ValidationObjective.SubjectOf(holdout, metric, ModelSpec.Popularity.Name, context),
            },
            TimeSpan.FromMinutes(minutes));
        ModelSpec[] own = [.. shortlist.Entries.Select(spec => spec with { Trainer = spec.Trainer.For(holdout.Train) })];
        ModelSpec[] found = [.. search.Run(own, trainers).Where(model => model.Value is not null).Select(model => model.Best)];
        return ([.. found.Take(4)], [.. found.UnionBy(shortlist.Entries, model => model.Name)]);
    }

    private sealed class Steps : IProgress<TrainingProgress>
    {
        private string? _last;

        public void Report(TrainingProgress value)
        {
            if (value.Activity == _last) return;
            _last = value.Activity;
            Console.WriteLine($"  {DateTime.Now:T} {_last}");
        }
    }
}
