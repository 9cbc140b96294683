using System.Diagnostics;
using DuckDB.NET.Data;
using Kindred.Import;
using Kindred.Numerics;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Assignment;
using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Benchmarks;

/// <summary>
/// Experiments without an effect, on users drawn again and again from real ones: how often they raise an alarm; and what assignment and
/// analysis cost.
/// </summary>
internal static class ExperimentBenchmark
{
    private const int Runs = 2_000, Users = 4_000, Days = 28;

    /// <param name="args">A file of ratings (columns userId and rating, as MovieLens has them), or "cost".</param>
    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["cost", .. var rest]:
                Assignment();
                Analysis(rest.Length > 0 ? int.Parse(rest[0]) : 10_000_000);
                return 0;
            case [var file]:
                Simulate(Read(file));
                return 0;
            default:
                Console.Error.WriteLine("usage: experiments <ratings.csv> | experiments cost [exposures]");
                return 2;
        }
    }

    /// <returns>Of each user, how many ratings of 4 and more, and how many ratings: clicks and impressions.</returns>
    private static (double Likes, double Ratings)[] Read(string file)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT count(*) FILTER (WHERE rating >= 4)::DOUBLE, count(*)::DOUBLE FROM '{file}' GROUP BY "userId" ORDER BY ALL
            """;
        using var reader = command.ExecuteReader();
        var users = new List<(double, double)>();
        while (reader.Read()) users.Add((reader.GetDouble(0), reader.GetDouble(1)));
        Console.WriteLine($"{users.Count:N0} users, {users.Sum(u => u.Item2):N0} ratings; {Runs:N0} runs of {Users:N0} users each");
        return [.. users];
    }

    private static void Simulate((double Likes, double Ratings)[] users)
    {
        double truth = users.Sum(u => u.Likes) / users.Sum(u => u.Ratings), most = Math.Sqrt(users.Sum(u =>
            u.Ratings * u.Ratings) / users.Length);
        var root = new Rng(7);
        int mean = 0, share = 0, ratio = 0, impressions = 0, covered = 0, sequence = 0, peeked = 0;
        for (int run = 0; run < Runs; run++)
        {
            var rng = root.Fork("run", run);
            UnitSums[,] sums = { { new(), new() }, { new(), new() }, { new(), new() } };
            bool isSequence = false, isPeeked = false;
            for (int n = 0; n < Users; n++)
            {
                var (likes, ratings) = users[rng.NextInt(users.Length)];
                int arm = rng.NextInt(2);
                sums[0, arm].Add(likes);
                sums[1, arm].Add(ratings > most ? 1 : 0);
                sums[2, arm].AddRatio(likes, ratings);
                if ((n + 1) % (Users / Days) != 0) continue;
                var look = Effect(sums, 0, OnlineMetricKind.Mean);
                isPeeked |= Alarms(look);
                isSequence |= ConfidenceSequence.Interval(look.Difference, look.DifferenceError, look.Units, .05, Users)
                    is { Low: > 0 } or { High: < 0 };
            }
            if (Alarms(Effect(sums, 0, OnlineMetricKind.Mean))) mean++;
            if (Alarms(Effect(sums, 1, OnlineMetricKind.Proportion))) share++;
            var rates = Effect(sums, 2, OnlineMetricKind.Ratio);
            if (Alarms(rates)) ratio++;
            double Naive(int arm) => truth * (1 - truth) / sums[2, arm].Sum(1);
            if (Math.Abs(rates.Difference) > 1.959964 * Math.Sqrt(Naive(0) + Naive(1))) impressions++;
            var one = ArmMeans.Of(sums[2, 0], isSample: true);
            if (Math.Abs(one.Value - truth) <= 1.959964 * Math.Sqrt(one.Variance(one.Gradient(1, 0)))) covered++;
            if (isSequence) sequence++;
            if (isPeeked) peeked++;
        }
        Print("one look, mean (likes per user)", mean);
        Print("one look, share (very active users)", share);
        Print("one look, ratio (likes by ratings)", ratio);
        Print("one look, ratio, ratings as if independent", impressions);
        Print($"{Days} daily looks, confidence sequence", sequence);
        Print($"{Days} daily looks, an ordinary test each day", peeked);
        Console.WriteLine($"| interval of a ratio covers the truth | {100.0 * covered / Runs:F1} % |");
        foreach (int units in (int[])[50_000, 100_000, 200_000]) Lost(root, units);
    }

    private static void Lost(Rng root, int units)
    {
        int found = 0, foundDaily = 0, wrong = 0, wrongDaily = 0;
        for (int run = 0; run < Runs; run++)
        {
            var rng = root.Fork("lost", run, units);
            long[][] whole = [.. Enumerable.Range(0, Days).Select(_ => new long[2])], lost = [.. Enumerable.Range(0, Days).Select(_ =>
                new long[2])];
            for (int n = 0; n < units; n++)
            {
                int day = n * Days / units, arm = rng.NextInt(2);
                whole[day][arm]++;
                if (arm == 0 || rng.NextDouble() >= .03) lost[day][arm]++;
            }
            static long[] Total(long[][] days) => [days.Sum(day => day[0]), days.Sum(day => day[1])];
            if (SampleRatio.Test(Total(lost), [.5, .5]).PValue < .001) found++;
            if (SampleRatio.SequentialPValues(lost, [.5, .5])[^1] < .001) foundDaily++;
            if (SampleRatio.Test(Total(whole), [.5, .5]).PValue < .001) wrong++;
            if (SampleRatio.SequentialPValues(whole, [.5, .5])[^1] < .001) wrongDaily++;
        }
        Print($"3 % of one arm lost, {units:N0} users: found at the end", found);
        Print($"3 % of one arm lost, {units:N0} users: found by daily looks", foundDaily);
        Print($"nothing lost, {units:N0} users: alarm at the end", wrong);
        Print($"nothing lost, {units:N0} users: alarm by daily looks", wrongDaily);
    }

    private static EffectEstimate Effect(UnitSums[,] sums, int metric, OnlineMetricKind kind) =>
        ArmComparison.Compare(sums[metric, 0], sums[metric, 1], kind, usesBefore: false);

    private static bool Alarms(EffectEstimate effect) =>
        effect.IsKnown && FixedHorizon.Interval(effect.Difference, effect.DifferenceError, effect.Degrees, .05).PValue < .05;

    private static void Print(string what, int times) => Console.WriteLine($"| {what} | {100.0 * times / Runs:F2} % |");

    private static void Assignment()
    {
        string[] units = [.. Enumerable.Range(0, 10_000).Select(n => $"user-{n}@example.com")];
        foreach (var hash in Enum.GetValues<UnitHash>())
        {
            var alone = new ExperimentAssigner([new OnlineExperiment { Name = "e", Hash = hash }]);
            Console.WriteLine($"| assignment, {hash}: arm | {Nanoseconds(alone, units):F0} ns |");
            var assigner = new ExperimentAssigner(
                [new OnlineExperiment { Name = "e", Hash = hash, Layer = new("layer", 0, 1) }], new GlobalHoldout("holdout", .01));
            Console.WriteLine($"| assignment, {hash}: holdout, layer, arm | {Nanoseconds(assigner, units):F0} ns |");
        }
    }

    /// <returns>Of an assignment: the median of many times so short that hardly anything disturbs them.</returns>
    private static double Nanoseconds(ExperimentAssigner assigner, string[] units)
    {
        const int Slices = 3_000, Rounds = 500;
        var times = new double[Slices];
        for (int n = 0; n < 50 * units.Length; n++) assigner.Assign("e", units[n % units.Length]); // compiled for good
        for (int slice = 0; slice < Slices; slice++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int n = 0; n < Rounds; n++) assigner.Assign("e", units[((slice * Rounds) + n) % units.Length]);
            times[slice] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Rounds;
        }
        Array.Sort(times);
        return times[Slices / 2];
    }

    private static void Analysis(int exposures)
    {
        string folder = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        try
        {
            string seen = Path.Combine(folder, "exposures.parquet"), done = Path.Combine(folder, "metrics.parquet");
            Generate(seen, done, exposures);
            var experiment = new OnlineExperiment
            {
                Name = "e",
                Arms = [],
                Metrics = [.. Enumerable.Range(0, 10).Select(n =>
                new OnlineMetric($"m{n}"))]
            };
            long start = Stopwatch.GetTimestamp();
            var (read, data) = ExperimentFiles.Read(seen, done, experiment, new() { Segments = ["country"] }, CancellationToken.None);
            double reading = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var report = ExperimentAnalysis.Read(read, data, DateTimeOffset.UtcNow);
            double all = Stopwatch.GetElapsedTime(start).TotalSeconds;
            string size = $"{exposures:N0} exposures of {report.Arms.Sum(arm => arm.Units):N0} users, 10 metrics, {report.Days} days";
            double peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
            Console.WriteLine($"| {size} | {all:F1} s, of which {reading:F1} s reading; peak {peak:N0} MB |");
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>Five exposures a user; a row for each user and metric day.</summary>
    private static void Generate(string seen, string done, int exposures)
    {
        int users = exposures / 5;
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        string values = string.Join(", ", Enumerable.Range(0, 10).Select(n => $"random() * {n + 1} AS m{n}"));
        command.CommandText = $"""
            COPY (SELECT 'user-' || (i % {users}) AS user_id, CASE WHEN hash(i % {users}) % 2 = 0 THEN 'control' ELSE 'new' END AS arm,
                         1767225600 + ((i // {users}) * 86400) + (i % 86400) AS timestamp, 'c' || (hash(i % {users}) % 7) AS country
                  FROM range({exposures}) t(i)) TO '{seen}' (FORMAT parquet);
            COPY (SELECT 'user-' || (i % {users}) AS user_id, 1767225600 + ((i // {users}) * 259200) + 86399 AS timestamp, {values}
                  FROM range({2 * users}) t(i)) TO '{done}' (FORMAT parquet);
            """;
        command.ExecuteNonQuery();
    }
}
