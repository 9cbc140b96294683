using System.Diagnostics;
using System.Globalization;
using Kindred.Data;
using Kindred.Models;
using Kindred.Onboarding;
using Kindred.Reports;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.Benchmarks;

/// <summary>
/// Which cards to show a new user: NDCG@10 by number of cards and of picks, and what demographics alone are worth. Test users are split off
/// entirely; options are chosen on validation users.
/// </summary>
internal static class OnboardingBenchmark
{
    private static readonly int[] Cards = [0, 3, 6, 12, 24, 60], Picks = [1, 3, 6];

    /// <param name="args">Names of data, "tune" to use validation users, "out=folder" to draw the curves.</param>
    public static int Run(string[] args)
    {
        string? folder = args.FirstOrDefault(arg => arg.StartsWith("out=", StringComparison.Ordinal))?[4..];
        foreach (string name in args.Where(arg => arg != "tune" && !arg.Contains('=')).DefaultIfEmpty("movielens-small"))
            Measure(name, args.Contains("tune"), folder);
        return 0;
    }

    private static Interactions Load(string name) => Read(name) is var data && data.Histories.Weights.Span.ContainsAnyExcept(1f)
        ? data.WithOrigin(new(name, null, ValueKind.Ratings)) : data;

    private static Interactions Read(string name) => name switch
    {
        "movielens-small" => AttributedData.MovieLensSmall(),
        "ml-100k" => AttributedData.MovieLens100K(),
        "ml-1m" => AttributedData.MovieLens1M(),
        "grocery" => AttributedData.Grocery(),
        _ => throw new InputException($"There is no data '{name}'; there are movielens-small, ml-100k, ml-1m and grocery."),
    };

    private static void Measure(string name, bool tunes, string? folder)
    {
        var data = Load(name);
        var evaluation = OnboardingEvaluation.Prepare(data, new(), tunes);
        Console.WriteLine($"\n{name}: {evaluation.Users.Count} interviewed users, {evaluation.Pool.Users} past users, " +
            $"{evaluation.Pool.Cards} cards\n");
        Console.WriteLine($"| cards by | {string.Join(" | ", Cards.Select(n => $"{n} shown"))} | " +
            $"{string.Join(" | ", Picks.Select(n => $"{n} picks (cards, share)"))} |");
        Console.WriteLine($"| --- |{string.Concat(Enumerable.Repeat(" ---: |", Cards.Length + Picks.Length))}");
        var interview = evaluation.Interview();
        var curves = new Dictionary<string, InterviewCurves>();
        foreach (var (method, chooser) in evaluation.Choosers)
        {
            curves[method] = interview.Run(chooser, 2, default);
            Console.WriteLine(Row(method, curves[method]));
        }
        Console.WriteLine();
        var popular = curves[OnboardingEvaluation.Popular];
        foreach (var (method, measured) in curves.Where(pair => pair.Key != OnboardingEvaluation.Popular))
        {
            string Against(int picks) => Text(InterviewCurves.Difference(measured.AfterPicks(3), popular.AfterPicks(picks)));
            Console.WriteLine($"{method}: 3 picks against 3 of popularity {Against(3)}, against 6 {Against(6)}");
        }
        if (data.UserAttributes.Labels.Count > 0) Demographics(data, evaluation, curves[OnboardingEvaluation.Adaptive]);
        Choice(evaluation);
        if (folder is not null) Draw(name, curves, folder);
    }

    /// <summary>Cold users: what those like who share an attribute, against what all like, and against three picks.</summary>
    private static void Demographics(Interactions data, OnboardingEvaluation evaluation, InterviewCurves adaptive)
    {
        double[] Measured(Func<int, IEnumerable<int>> best) => [.. evaluation.Users.Select(user => Ndcg(best(user.User), user))];
        int[] popular = [.. evaluation.Recommend([], 10)];
        double[] all = Measured(_ => popular);
        void Print(string name, double[] values) => Console.WriteLine(
            $"cold users, {name}: {values.Average():F4}, against popularity {Text(InterviewCurves.Difference(values, all))}");
        Print("popularity", all);
        if (data.Histories.HasTimes && data.Histories.Newest > 1_000_000_000 / 2)
            foreach (double days in new[] { 10, 30, 90.0 })
            {
                var hidden = evaluation.Users.Select(user => user.User).ToHashSet();
                var keep = new bool[data.Histories.Count];
                for (int user = 0; user < data.Users.Count; user++)
                    keep.AsSpan(data.Histories.Starts.Span[user], data.Histories.ItemsOf(user).Length).Fill(!hidden.Contains(user));
                var recent = new float[data.Items.Count];
                new Popularity { HalfLifeDays = days }.Train(data.Where(keep), new()).Score(new Query(-1, default), recent);
                Print($"popularity with a half-life of {days} days", Measured(_ => BestOf(recent)));
            }
        foreach (var (name, column) in data.UserAttributes.Labels)
        {
            string? SegmentOf(string owner) => data.Users.TryGetIndex(owner, out int user) && column[user] is [var label, ..]
                ? column.Labels.Id(label) : null;
            var lists = SegmentLists.From( // as a server counts them
                evaluation.Train, new(data.Items, data.ItemAttributes, null), new(0, 0, 0), EventSettings.Default,
                new() { Segment = name }, halfLifeDays: 0, SegmentOf, new HashSet<string>());
            int[]? ListOf(int user) => SegmentOf(data.Users.Id(user)) is { } segment ? lists.For(new Query(-1, default)
            {
                Context = new()
                {
                    Labels = new Dictionary<string, IReadOnlyList<string>> { [SegmentLists.ColumnOf(name)] = [segment] },
                },
            }) : null;
            Print($"popularity by {name}", Measured(user => ListOf(user) ?? popular));
        }
        Print("3 adaptive picks", adaptive.AfterPicks(3));
    }

    private static IEnumerable<int> BestOf(float[] scores) => Enumerable.Range(0, scores.Length)
        .OrderByDescending(item => float.IsNaN(scores[item]) ? -1 : scores[item]).Take(10);

    private static double Ndcg(IEnumerable<int> list, InterviewedUser user)
    {
        int[] best = [.. list.Take(10)];
        double gain = 0, ideal = 0;
        for (int place = 0; place < best.Length; place++)
        {
            if (user.Wanted.Contains(best[place])) gain += 1 / Math.Log2(place + 2);
            if (place < user.Wanted.Count) ideal += 1 / Math.Log2(place + 2);
        }
        return gain / ideal;
    }

    private static void Choice(OnboardingEvaluation evaluation)
    {
        var adaptive = new AdaptiveCards(evaluation.Pool, evaluation.Factors);
        var selection = new CardSelection(evaluation.Pool, evaluation.Factors, 12);
        selection.Choose(adaptive, CardAnswers.None, 12);
        var times = new double[50];
        for (int n = 0; n < times.Length; n++)
        {
            long start = Stopwatch.GetTimestamp();
            selection.Choose(adaptive, new([n % 20], [30 + n, 90 + n]), 12);
            times[n] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(times);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"choosing 12 cards: median {times[25]:F1} ms, 95 % within {times[47]:F1} ms"));
    }

    private static void Draw(string name, Dictionary<string, InterviewCurves> curves, string folder)
    {
        TradeOffCurve Curve(string method, Func<int, double> value, string axis, int most) => new(method,
            [.. Enumerable.Range(0, most + 1).Where(n => axis == "picks" || n % 6 == 0).Select(n => new TradeOffPoint(
                $"{n} {axis}", new Dictionary<string, double> { ["NDCG@10"] = value(n), [axis] = n }))]);
        string[] drawn =
            [OnboardingEvaluation.Popular, "random", "HELF", "greedy list", "tree", "D-optimal", OnboardingEvaluation.Adaptive];
        foreach (var (axis, most) in new[] { ("cards", 60), ("picks", 6) })
        {
            using var image = new StreamWriter(Path.Combine(folder, $"onboarding-{name}-{axis}.svg"));
            TradeOffReport.WriteImage("NDCG@10", [.. drawn.Select(method => Curve(
                method, n => axis == "cards" ? curves[method].AfterCards(n) : curves[method].AfterPicks(n).Average(), axis, most))], image);
        }
    }

    private static string Text((double Mean, double Low, double High) difference) => string.Create(
        CultureInfo.InvariantCulture, $"{difference.Mean:+0.0000;-0.0000} [{difference.Low:F4}, {difference.High:F4}]");

    private static string Row(string name, InterviewCurves curves) =>
        $"| {name} | {string.Join(" | ", Cards.Select(n => curves.AfterCards(n).ToString("F4", CultureInfo.InvariantCulture)))} | " +
        string.Join(" | ", Picks.Select(n => string.Create(CultureInfo.InvariantCulture,
            $"{curves.AfterPicks(n).Average():F4} ({curves.CardsFor(n):F0}, {100 * curves.ShareWith(n):F0} %)"))) + " |";
}
