using System.Diagnostics;
using System.Globalization;
using Kindred.Models;

namespace Kindred.Benchmarks;

/// <summary>
/// Snapshots are swapped under a living server while requests come at a fixed rate (open loop): errors, and how long answers take beside a
/// swap and without one; how long a rollback takes.
/// </summary>
internal static class SwapBenchmark
{
    private const int Swaps = 20, Users = 20_000, Items = 5_000, Events = 400_000;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <param name="args">Requests a second.</param>
    public static async Task<int> Run(string[] args)
    {
        int rate = args is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 1_000;
        Console.WriteLine(Machine.Describe());
        string home = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        try
        {
            string[] ids = Make(home);
            using var server = await LivingProcess.Start(home, "--no-renewal");
            await server.Send(HttpMethod.Post, $"/v1/snapshots/{ids[0]}/promote", "{}");
            await LoadAsync(server, rate / 10, Task.Delay(2_000)); // warm
            var swaps = new List<(TimeSpan Begin, TimeSpan End)>();
            var answers = await LoadAsync(server, rate, SwapAsync(server, ids, swaps));
            Print(answers, swaps, rate);
            await RollBackAsync(server);
            return answers.Any(answer => answer.Failed) ? 1 : 0;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <returns>The names of two snapshots in the folder's snapshots.</returns>
    internal static string[] Make(string folder)
    {
        var data = GeneratedInteractions.Create(Users, Items, Events);
        File.WriteAllText(Path.Combine(folder, "settings.json"), "{}");
        TrainedModel Trained(ITrainer trainer) => new(ModelManifest.For(trainer, new(), default, data), trainer.Train(data, new()));
        var popularity = Trained(new Popularity());
        string[] ids =
        [
            .. ((ITrainer[])[new ImplicitAls { Dimensions = 64, Epochs = 2 }, new ImplicitAls { Dimensions = 64, Epochs = 3 }])
                .Select(trainer => Path.GetFileName(
                    new TrainedRecommender(data, Trained(trainer), popularity).Publish(Path.Combine(folder, "snapshots")))),
        ];
        Console.WriteLine($"two snapshots: implicit ALS of 64 dimensions, {Users:N0} users, {Items:N0} items, {Events:N0} events");
        return ids;
    }

    /// <summary>Each swap ends when an answer comes from the other snapshot.</summary>
    private static async Task SwapAsync(LivingProcess server, string[] ids, List<(TimeSpan Begin, TimeSpan End)> swaps)
    {
        for (int swap = 1; swap <= Swaps; swap++)
        {
            await Task.Delay(Pause);
            var begin = Now;
            await server.Send(HttpMethod.Post, $"/v1/snapshots/{ids[swap % 2]}/promote", "{}");
            while ((string?)(await server.Recommend("user-1"))["snapshot"] != ids[swap % 2]) { }
            swaps.Add((begin, Now));
        }
        await Task.Delay(Pause);
    }

    private static async Task RollBackAsync(LivingProcess server)
    {
        var begin = Now;
        string? served = (string?)(await server.Send(HttpMethod.Post, "/v1/snapshots/rollback", "{}"))["served"];
        while ((string?)(await server.Recommend("user-1"))["snapshot"] != served) { }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"a rollback, until an answer comes from the snapshot before: {(Now - begin).TotalMilliseconds:F0} ms"));
    }

    /// <summary>Requests leave when it is their time, whether earlier ones were answered or not.</summary>
    private static async Task<Answer[]> LoadAsync(LivingProcess server, int rate, Task until)
    {
        var (answers, begin) = (new List<Task<Answer>>(), Now);
        while (!until.IsCompleted)
        {
            for (; answers.Count < (Now - begin).TotalSeconds * rate; await Task.Yield())
            {
                var due = begin + TimeSpan.FromSeconds((double)answers.Count / rate);
                answers.Add(AskAsync(server, $"user-{answers.Count * 7 % Users}", due));
            }
            await Task.Delay(1);
        }
        await until;
        return await Task.WhenAll(answers);
    }

    private static async Task<Answer> AskAsync(LivingProcess server, string user, TimeSpan due)
    {
        try
        {
            await server.Recommend(user);
            return new(due, Now, false);
        }
        catch (HttpRequestException)
        {
            return new(due, Now, true);
        }
    }

    private static void Print(Answer[] answers, List<(TimeSpan Begin, TimeSpan End)> swaps, int rate)
    {
        bool IsBeside(Answer answer) => swaps.Any(swap => answer.Due <= swap.End && answer.End >= swap.Begin);
        Console.WriteLine($"{rate:N0} requests/s, {answers.Length:N0} in all, {swaps.Count} swaps: "
            + $"{answers.Count(answer => answer.Failed):N0} errors");
        double[] times = [.. swaps.Select(swap => (swap.End - swap.Begin).TotalMilliseconds).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"a swap, until an answer comes from the other snapshot: p50 {times[times.Length / 2]:F0} ms, longest {times[^1]:F0}"));
        foreach (var (name, some) in ((string, IEnumerable<Answer>)[])
            [("beside a swap", answers.Where(IsBeside)), ("without one", answers.Where(answer => !IsBeside(answer)))])
        {
            double[] sorted = [.. some.Select(answer => (answer.End - answer.Due).TotalMilliseconds).Order()];
            if (sorted.Length == 0) continue;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"an answer {name}: p50 {sorted[sorted.Length / 2]:F1} ms, p99 {sorted[(int)(.99 * (sorted.Length - 1))]:F1}, "
                + $"longest {sorted[^1]:F1} ({sorted.Length:N0} requests)"));
        }
    }

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <param name="Due">When it was to be asked for.</param>
    private readonly record struct Answer(TimeSpan Due, TimeSpan End, bool Failed);
}
