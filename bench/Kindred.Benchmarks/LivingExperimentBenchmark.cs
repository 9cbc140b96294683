using System.Diagnostics;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Server.Experiments;
using Kindred.Store;

namespace Kindred.Benchmarks;

/// <summary>What it costs a living server to bring an experiment of many users up to date, from nothing and again.</summary>
internal static class LivingExperimentBenchmark
{
    private const int Days = 14, Batch = 20_000;

    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private static long _batch;

    private static readonly string[] Types = ["view", "click", "view", "cart", "view", "purchase", "view", "click"];

    /// <param name="args">Exposed users and events.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        int units = args.Length > 0 ? int.Parse(args[0]) : 1_000_000, events = args.Length > 1 ? int.Parse(args[1]) : 5_000_000;
        string folder = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        try
        {
            await using var store = await Stores.OpenAsync(Path.Combine(folder, "kindred.db"), new() { Durability = Durability.Os });
            long rows = await FillAsync(store, units, events);
            Console.WriteLine($"{units:N0} users in {rows:N0} rows, {events:N0} events");
            await MeasureAsync(store);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    private static async Task MeasureAsync(IStore store)
    {
        GC.Collect();
        long before = Process.GetCurrentProcess().WorkingSet64, peak = before;
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            using var process = Process.GetCurrentProcess();
            while (!stop.IsCancellationRequested)
            {
                process.Refresh();
                peak = Math.Max(peak, process.WorkingSet64);
                await Task.Delay(50);
            }
        });
        var experiment = new LiveExperiment(new() { Experiment = Definition() }, ExperimentState.Running, Start) { StartedAt = Start };
        var evaluation = new ExperimentEvaluation(experiment, store);
        long start = Stopwatch.GetTimestamp();
        await evaluation.UpdateAsync();
        double first = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        var report = evaluation.Report(Start.AddDays(Days));
        double reading = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await FillAsync(store, 20_000, 50_000, isLater: true);
        start = Stopwatch.GetTimestamp();
        await evaluation.UpdateAsync();
        double again = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await stop.CancelAsync();
        await watching;
        long held = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(evaluation);
        Console.WriteLine($"| from nothing | {first:F1} s |");
        Console.WriteLine($"| the report of {report.Arms.Sum(arm => arm.Units):N0} users | {reading:F2} s |");
        Console.WriteLine($"| again, 20,000 users and 50,000 events later | {again:F2} s |");
        Console.WriteLine($"| memory above that before, at most | {(peak - before) / 1e6:N0} MB, {held / 1e6:N0} MB kept |");
    }

    private static OnlineExperiment Definition() => new()
    {
        Name = "ranker",
        Metrics =
        [
            new("clicks") { Source = "click" }, new("spent") { Source = "purchase", Cap = 90 },
            new("rate") { Source = "count:click", Denominator = "count:view", Kind = OnlineMetricKind.Ratio },
            new("latency") { Source = "latency", Denominator = "count:latency", Kind = OnlineMetricKind.Ratio },
        ],
    };

    /// <summary>Each user is answered on two days; a fifth of the events is of users who are in no experiment.</summary>
    /// <returns>Rows of the table of units.</returns>
    private static async Task<long> FillAsync(IStore store, int units, int events, bool isLater = false)
    {
        var random = new Random(isLater ? 2 : 1);
        long rows = 0;
        for (int visit = 0; visit < 2; visit++)
            for (int n = 0; n < units; n += Batch)
            {
                ExposedUnit[] sums = [.. Enumerable.Range(n, Math.Min(Batch, units - n)).Select(unit => Row(unit, visit, random))];
                await store.Experiments.AddAsync("bench", ++_batch, sums);
                rows += sums.Length;
            }
        for (int n = 0; n < events; n += Batch)
            await store.Events.AppendAsync(
                [.. Enumerable.Range(n, Math.Min(Batch, events - n)).Select(i => Event(i, events, units, random, isLater))]);
        return rows;
    }

    private static ExposedUnit Row(int unit, int visit, Random random)
    {
        int day = Math.Min(Days - 1, (unit % 7) + (visit * 3));
        return new("ranker", User(unit), unit % 2 == 0 ? "control" : "treatment", day, Start.AddDays(day).AddHours(random.Next(24)))
        {
            Answers = 3,
            Latency = 30 + (60 * random.NextDouble()),
        };
    }

    private static NewEvent Event(int n, int events, int units, Random random, bool isLater) =>
        new(Types[random.Next(Types.Length)], $"item-{random.Next(100_000)}")
        {
            UserId = User(random.Next(units + (units / 4))),
            Value = random.Next(100),
            Time = isLater ? Start.AddDays(Days).AddMilliseconds(-1 - n) : Start.AddDays(-3 + ((Days + 3.0) * n / events)),
        };

    private static string User(int number) => $"user-{number:D7}";
}
