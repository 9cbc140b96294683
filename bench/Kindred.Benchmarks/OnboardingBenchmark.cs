using System.Diagnostics;
using System.Globalization;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Onboarding;

namespace Kindred.Benchmarks;

/// <summary>
/// Which cards to show a new user: NDCG@10 by number of cards and of picks, by <see cref="SimulatedInterview"/>. Test users are split off
/// entirely; options are chosen on validation users.
/// </summary>
internal static class OnboardingBenchmark
{
    private const int MostTested = 600, MostValidated = 300;

    public static int Run(string[] args)
    {
        bool tunes = args.Contains("tune");
        foreach (string name in args.Where(arg => arg != "tune").DefaultIfEmpty("movielens-small"))
        {
            var data = Load(name);
            if (tunes) Tune(name, data);
            else Test(name, data);
        }
        return 0;
    }

    private static Interactions Load(string name) => name switch
    {
        "movielens-small" => AttributedData.MovieLensSmall(),
        "ml-100k" => AttributedData.MovieLens100K(),
        "ml-1m" => AttributedData.MovieLens1M(),
        "grocery" => AttributedData.Grocery(),
        _ => throw new InputException($"There is no data '{name}'; there are movielens-small, ml-100k, ml-1m and grocery."),
    };

    private sealed record Parts(CardPool Pool, CardFactors Factors, IModel Model, float[] Popularity, IReadOnlyList<InterviewedUser> Asked);

    private static Parts Split(Interactions data, bool tunes)
    {
        bool hasRatings = data.Histories.Weights.Span.ContainsAnyExcept(1f);
        var likes = hasRatings ? Likes.Of(data) : Likes.OfAll(data);
        int[] users = [.. Enumerable.Range(0, data.Users.Count)];
        new Rng(7).Fork("interviewed users").Shuffle<int>(users);
        int tested = Math.Min(MostTested, users.Length / 4), validated = Math.Min(MostValidated, users.Length / 5);
        var test = users.AsSpan(0, tested).ToArray();
        var validation = users.AsSpan(tested, validated).ToArray();
        int[] asked = tunes ? validation : test;
        var hidden = (tunes ? validation.Concat(test) : test).ToHashSet();
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < likes.Rows; user++)
        {
            if (hidden.Contains(user)) continue;
            var row = likes.Row(user);
            for (int n = 0; n < row.Length; n++) triplets.Add((user, row.Columns[n], row.Values[n]));
        }
        var known = SparseMatrix.FromTriplets(likes.Rows, likes.Columns, triplets);
        var liked = SparseMatrix.FromTriplets(likes.Rows, likes.Columns, [.. triplets.Where(t => t.Item3 > 0)]);
        var pool = CardPool.From(known, 300, 3_000, 0);
        var factors = CardFactors.Train(pool);
        var train = Interactions.From(data.Users, data.Items, liked);
        var model = new ImplicitAls { Dimensions = data.Users.Count < 2_000 ? 32 : 64 }.Train(train, new());
        float[] popularity = [.. train.CountUsersOfItems().Select(count => (float)count)];
        return new(pool, factors, model, popularity, InterviewedUser.From(likes, asked, 1));
    }

    private static InterviewScorer ScorerOf(Parts parts, double halfWeight) => new(parts.Popularity.Length, (picked, _, scores) =>
    {
        if (picked.Length == 0) parts.Popularity.CopyTo(scores, 0);
        else
        {
            parts.Model.Score(new Query(-1, picked), scores);
            PopularityBlend.Mix(scores, parts.Popularity, PopularityBlend.ModelWeight(picked.Length, halfWeight));
        }
    });

    private static void Tune(string name, Interactions data)
    {
        var parts = Split(data, tunes: true);
        Console.WriteLine($"\n{name}: {parts.Asked.Count} validation users\n");
        foreach (double half in new[] { 0, 1, 2, 5, 20.0 })
        {
            var interview = new SimulatedInterview(parts.Pool, parts.Asked, ScorerOf(parts, half));
            Print($"popularity, blend {half}", interview.Run(RankedCards.Popular(parts.Pool), 2, default));
        }
        foreach (double half in new[] { 1, 5.0 })
            foreach (double temper in new[] { .25, .5, 1 })
                foreach (double rare in new[] { 0, .5, 1 })
                {
                    var interview = new SimulatedInterview(parts.Pool, parts.Asked, ScorerOf(parts, half));
                    var chooser = new AdaptiveCards(parts.Pool, parts.Factors, new() { Temper = temper, RarePicks = rare });
                    Print($"adaptive blend {half} T {temper} rare {rare}", interview.Run(chooser, 2, default));
                }
    }

    private static void Test(string name, Interactions data)
    {
        var parts = Split(data, tunes: false);
        Console.WriteLine($"\n{name}: {parts.Asked.Count} test users, {parts.Pool.Users} past users, {parts.Pool.Cards} cards\n");
        var interview = new SimulatedInterview(parts.Pool, parts.Asked, ScorerOf(parts, 5));
        var curves = new Dictionary<string, InterviewCurves>();
        foreach (var (method, chooser) in Choosers(parts))
        {
            curves[method] = interview.Run(chooser, 2, default);
            Print(method, curves[method]);
        }
        var (mean, low, high) = InterviewCurves.Difference(curves["adaptive"].AfterPicks(3), curves["popularity"].AfterPicks(6));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\n3 adaptive picks against 6 popularity picks: {mean:+0.0000;-0.0000} [{low:F4}, {high:F4}]"));
        long start = Stopwatch.GetTimestamp();
        var adaptive = new AdaptiveCards(parts.Pool, parts.Factors);
        var selection = new CardSelection(parts.Pool, parts.Factors, 12);
        for (int n = 0; n < 20; n++) selection.Choose(adaptive, new([n], [n + 30, n + 60]), 12);
        Console.WriteLine($"choosing 12 cards: {Stopwatch.GetElapsedTime(start).TotalMilliseconds / 20:F1} ms");
    }

    private static IEnumerable<(string, ICardChooser)> Choosers(Parts parts) =>
    [
        ("random", RankedCards.Random(parts.Pool, 0)),
        ("popularity", RankedCards.Popular(parts.Pool)),
        ("entropy", Helf.Entropy(parts.Pool)),
        ("helf", Helf.From(parts.Pool)),
        ("greedy-extend", new GreedyExtend(parts.Pool)),
        ("tree", new BootstrappingTree(parts.Pool)),
        ("d-optimal", new DOptimalCards(parts.Pool, parts.Factors)),
        ("adaptive", new AdaptiveCards(parts.Pool, parts.Factors)),
    ];

    private static void Print(string name, InterviewCurves curves) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {string.Join(" | ", new[] { 0, 3, 6, 12, 24, 60 }.Select(n => curves.AfterCards(n).ToString("F4", CultureInfo.InvariantCulture)))}" +
        $" | {string.Join(" | ", new[] { 1, 3, 6 }.Select(n => $"{curves.AfterPicks(n).Average():F4} ({curves.CardsFor(n):F0} cards, {100 * curves.ShareWith(n):F0} %)"))} |"));
}
