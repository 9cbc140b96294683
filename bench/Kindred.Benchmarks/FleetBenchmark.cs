using System.Diagnostics;
using System.Globalization;
using Kindred.Native.Tests.Import;
using Kindred.ServerTests;

namespace Kindred.Benchmarks;

/// <summary>
/// Two servers of one PostgreSQL behind nginx, as deploy/nginx.conf has it: how soon one knows what the other was told, answers and events
/// beside those of one server, and what fails and is lost when one is killed under load.
/// </summary>
internal static class FleetBenchmark
{
    private const int Clients = 8, Rounds = 50, Swaps = 10, Turns = 3;

    /// <param name="args">Seconds of each load.</param>
    public static async Task<int> Run(string[] args)
    {
        int seconds = args is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 10;
        Console.WriteLine(Machine.Describe());
        string home = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        try
        {
            string[] ids = SwapBenchmark.Make(home);
            await using var postgres = await PostgresServer.Start(default, durable: true);
            int[] ports = [Nginx.FreePort(), Nginx.FreePort()];
            Task<LivingProcess> Start(int n) => LivingProcess.Start(
                Path.Combine(home, $"server-{n}"), "--store", postgres.Address, "--snapshots", Path.Combine(home, "snapshots"),
                "--url", $"http://127.0.0.1:{ports[n]}", "--allow-anonymous", "--no-renewal");
            using var one = await Start(0);
            await one.Send(HttpMethod.Post, $"/v1/snapshots/{ids[0]}/promote", "{}");
            using var two = await Start(1);
            using var alone = await Nginx.Start(ports[0]);
            using var nginx = await Nginx.Start(ports);
            await LoadAsync(nginx.Address, seconds, "until all is compiled", null);
            for (int n = 0; n < Turns; n++) // as other programs want the machine now and then
            {
                await LoadAsync(alone.Address, seconds, "one server", null);
                await LoadAsync(nginx.Address, seconds, "two servers", null);
            }
            await FreshnessAsync(one, two);
            await HiddenAsync(one, two);
            await SwapsAsync(one, two, ids);
            var (failed, acknowledged) = await LoadAsync(nginx.Address, seconds, "two, one killed", one.Kill);
            using var left = new HttpClient { BaseAddress = new($"http://127.0.0.1:{ports[1]}") };
            string missing = await FleetLoad.MissingAsync(left, acknowledged);
            Console.WriteLine($"killed: {failed.Count} requests failed; of {acknowledged.Count:N0} acknowledged events {missing}");
            return failed.Count == 0 && missing == FleetLoad.Whole ? 0 : 1;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <param name="halfway">Called then; null: nothing is.</param>
    private static async Task<(IReadOnlyCollection<string> Failed, IReadOnlyCollection<string> Acknowledged)> LoadAsync(
        Uri address, int seconds, string what, Action? halfway)
    {
        await using var load = new FleetLoad(address, Clients, [.. Enumerable.Range(0, 100).Select(n => $"item-{n}")]);
        await Task.Delay(TimeSpan.FromSeconds(seconds / 2.0));
        halfway?.Invoke();
        await Task.Delay(TimeSpan.FromSeconds(seconds / 2.0));
        var (answers, events) = load.Latencies;
        var ended = await load.EndAsync();
        Console.WriteLine($"{what}: {Show("an answer", answers)}; {Show("an event", events)}; {load.Rounds / seconds:N0} of each a second; "
            + $"{ended.Failures.Count} failed {string.Join(' ', ended.Failures.Take(2))}");
        return ended;
    }

    /// <summary>A user's first event goes to one server; the other one no longer recommends the item.</summary>
    private static async Task FreshnessAsync(LivingProcess told, LivingProcess asked)
    {
        double[] times = new double[Rounds];
        for (int n = 0; n < Rounds; n++)
        {
            string user = $"fresh-{n}", first = (string)(await asked.Recommend(user))["items"]![0]!["itemId"]!;
            await told.Store(LivingProcess.View(user, first));
            long start = Stopwatch.GetTimestamp();
            while ((await asked.Recommend(user))["items"]!.AsArray().Any(item => (string)item!["itemId"]! == first)) await Task.Delay(1);
            times[n] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Console.WriteLine(Show("from an acknowledged event to the other server's answer", times));
    }

    /// <summary>An item is hidden at one server; the other one no longer recommends it.</summary>
    private static async Task HiddenAsync(LivingProcess told, LivingProcess asked)
    {
        double[] times = new double[Rounds];
        for (int n = 0; n < Rounds; n++)
        {
            string first = (string)(await asked.Recommend("nobody"))["items"]![0]!["itemId"]!;
            await told.Send(HttpMethod.Post, $"/v1/items/{first}/hide");
            long start = Stopwatch.GetTimestamp();
            while ((await asked.Recommend("nobody"))["items"]!.AsArray().Any(item => (string)item!["itemId"]! == first)) await Task.Delay(1);
            times[n] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Console.WriteLine(Show("from an item's being hidden to the other server's answer", times));
    }

    /// <summary>From the first to the last answer of a server that differs from what the others serve.</summary>
    private static async Task SwapsAsync(LivingProcess told, LivingProcess asked, string[] ids)
    {
        double[] times = new double[Swaps];
        for (int n = 0; n < Swaps; n++)
        {
            string next = ids[(n + 1) % 2];
            long start = Stopwatch.GetTimestamp();
            await told.Send(HttpMethod.Post, $"/v1/snapshots/{next}/promote", "{}");
            foreach (var server in (LivingProcess[])[told, asked])
                while ((string?)(await server.Recommend("user-1"))["snapshot"] != next) await Task.Delay(1);
            times[n] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Console.WriteLine(Show("from a promotion's request until both answer from the snapshot", times));
    }

    private static string Show(string what, double[] times)
    {
        Array.Sort(times);
        return times.Length == 0 ? $"{what}: none" : string.Create(CultureInfo.InvariantCulture,
            $"{what} p50 {times[times.Length / 2]:F1} ms, p99 {times[(int)(.99 * (times.Length - 1))]:F1}, longest {times[^1]:F1}");
    }
}
