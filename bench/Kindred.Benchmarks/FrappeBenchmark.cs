using System.Globalization;
using Kindred.Evaluation.Metrics.Ratings;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Benchmarks;

/// <summary>
/// Frappe: which app is used in which context. Each use of the measured part stands against two other apps that were not used by the same
/// user in the same context, drawn once: log loss of the probabilities, and AUC over all of them.
/// </summary>
internal static class FrappeBenchmark
{
    private const int Negatives = 2;

    private const float Validation = .1f;

    private static readonly FactorizationMachine Chosen = new()
    {
        Features = "user + item + item.* + context.*",
        NegativeCount = Negatives,
        ContextNegatives = true,
        Dimensions = 64,
        LearningRate = .1f,
        Regularization = .0005f,
    };

    private static readonly FactorizationMachine Linear = Chosen with { Dimensions = 0, Epochs = 15, LearningRate = .2f };

    public static void Run(string[] args)
    {
        var (data, isTest) = AttributedData.Frappe();
        bool tunes = args is ["tune", ..];
        var rng = new Rng(1);
        bool[] measured = tunes ? [.. isTest.Select(test => !test && rng.NextFloat() < Validation)] : isTest;
        bool[] learned = [.. measured.Select((m, e) => !m && !isTest[e])];
        var train = data.Where(learned);
        var asked = Asked(data, measured);
        Console.WriteLine($"{train.Histories.Count} uses to learn from, {measured.Count(m => m)} " +
            $"measured, {asked.Sum(q => q.Items.Length)} with their negatives");
        Console.WriteLine("| model | log loss | AUC |\n| --- | ---: | ---: |");
        if (!tunes)
        {
            var popularity = new float[data.Items.Count];
            foreach (int item in train.Histories.Items.Span) popularity[item]++;
            Print("popularity", asked, (_, items) => [.. items.Select(item => popularity[item])], isProbability: false);
        }
        var models = tunes
            ? args[1..].Select(json => (json, FactorizationBenchmark.Parse(json))).ToArray()
            :
            [
                ("d = 0, item alone: popularity as a probability", Linear with { Features = "item" }),
                ("d = 0: logistic regression", Linear),
                ("fm, user and item alone", Chosen with { Features = "user + item" }),
                ("fm", Chosen),
            ];
        foreach (var (name, trainer) in models)
        {
            var model = (IEmbeddingModel)trainer.Train(train, new());
            Print(name, asked, (query, items) =>
            {
                var scores = new float[items.Length];
                model.TryScore(query, items, scores);
                return scores;
            }, isProbability: true);
        }
    }

    /// <returns>For each measured use its query and the app that was used, first, then the others.</returns>
    private static List<(Query Query, int[] Items)> Asked(Interactions data, bool[] measured)
    {
        var rng = new Rng(7);
        var asked = new List<(Query, int[])>();
        var contexts = data.Context.Labels.Values.ToArray();
        string Key(int user, int e) => $"{user} {string.Join(' ', contexts.Select(c => c[e][0]))}";
        var used = new HashSet<(string, int)>();
        void ForEach(Action<int, int> body)
        {
            for (int user = 0; user < data.Users.Count; user++)
                for (int e = data.Histories.Starts.Span[user]; e < data.Histories.Starts.Span[user + 1]; e++) body(user, e);
        }
        ForEach((user, e) => used.Add((Key(user, e), data.Histories.Items.Span[e])));
        ForEach((user, e) =>
        {
            if (!measured[e]) return;
            var items = new List<int> { data.Histories.Items.Span[e] };
            while (items.Count <= Negatives)
            {
                int item = rng.NextInt(data.Items.Count);
                if (!used.Contains((Key(user, e), item))) items.Add(item);
            }
            asked.Add((new Query(user, default) { Context = QueryContext.Of(data, e) }, [.. items]));
        });
        return asked;
    }

    private static void Print(string name, List<(Query Query, int[] Items)> asked, Func<Query, int[], float[]> score, bool isProbability)
    {
        var rows = new List<(float Score, bool IsUsed)>();
        double loss = 0;
        var logLoss = new LogLoss();
        foreach (var (query, items) in asked)
        {
            float[] scores = score(query, items);
            for (int n = 0; n < items.Length; n++)
            {
                float known = float.IsNaN(scores[n]) ? -10 : scores[n]; // never seen: hardly used
                rows.Add((known, n == 0));
                loss += logLoss.Loss(1 / (1 + Math.Exp(-known)), n == 0 ? 1 : 0);
            }
        }
        string written = isProbability ? (loss / rows.Count).ToString("F4", CultureInfo.InvariantCulture) : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {written} | {AreaUnderCurve(rows):F4} |"));
    }

    // of all pairs of a used and another app, equal scores count one half
    private static double AreaUnderCurve(List<(float Score, bool IsUsed)> rows)
    {
        double below = 0, area = 0;
        foreach (var group in rows.GroupBy(row => row.Score).OrderBy(group => group.Key))
        {
            double others = group.Count(row => !row.IsUsed), used = group.Count() - others;
            area += used * (below + (others / 2));
            below += others;
        }
        return area / (below * (rows.Count - below));
    }
}
