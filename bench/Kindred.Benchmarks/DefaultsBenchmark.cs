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
    private const int MostUsers = 3000;

    /// <param name="args">
    /// A file of results; sets, each <c>name=folder@time|random|leave-last</c>, and after it <c>*0.3</c> for a sample of so many of its
    /// events; models with their options, and behind one <c>*20</c> for as many draws from its search space, the same ones for all sets.
    /// </param>
    public static int Run(string[] args)
    {
        if (args is not [var file, .. var rest] || rest.Length < 2) return 2;
        string[] sets = [.. rest.Where(arg => arg.Contains('@', StringComparison.Ordinal))];
        ModelSpec[] models = [.. rest.Except(sets).SelectMany(Drawn)];
        var done = File.Exists(file) ? File.ReadLines(file).Select(KeyOf).ToHashSet() : [];
        foreach (string set in sets)
        {
            string name = set.Split('=')[0];
            if (models.All(model => done.Contains((name, model.Name)))) continue;
            string[] parts = set[(name.Length + 1)..].Split('@');
            using var folder = DataFolder.Open(parts[0]);
            var holdout = Split(folder.Interactions, parts[1]);
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

    private static Holdout Split(Interactions data, string how)
    {
        string[] parts = how.Split('*');
        if (parts.Length > 1) data = Thinned(data, double.Parse(parts[1], CultureInfo.InvariantCulture));
        ISplitter splitter = parts[0] switch
        {
            "time" => new GlobalTimeSplit(),
            "random" => new RandomSplit(),
            "leave-last" => new LeaveLastOut(),
            _ => throw new InputException($"There is no split '{parts[0]}'; there are time, random and leave-last."),
        };
        var holdout = splitter.Split(data).Tuning;
        return holdout.TestUsers <= MostUsers ? holdout : Asking(holdout, (double)MostUsers / holdout.TestUsers);
    }

    // the same training part; a share of the users is asked
    private static Holdout Asking(Holdout holdout, double share) =>
        Holdout.Of(holdout.Train, Where(holdout.Test, (user, _) => new Rng(1).Fork("asked", user).NextDouble() < share), holdout.Protocol);

    private static Interactions Thinned(Interactions data, double share) =>
        Where(data, (_, place) => new Rng(1).Fork("kept", place).NextDouble() < share);

    private static Interactions Where(Interactions data, Func<int, int, bool> keeps)
    {
        var keep = new bool[data.Histories.Count];
        for (int user = 0; user < data.Users.Count; user++)
            for (int place = data.Histories.Starts.Span[user]; place < data.Histories.Starts.Span[user + 1]; place++)
                keep[place] = keeps(user, place);
        return data.Where(keep);
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
