using System.Diagnostics;
using System.Globalization;
using Kindred.Models;
using Kindred.Native.Tests.Import;
using Kindred.Numerics;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Benchmarks;

/// <summary>
/// A living server as a process: how soon an event changes answers, on the server that took it and on another one of the same PostgreSQL;
/// how long answers take while events come in and are logged; memory; how long it takes to start.
/// </summary>
internal static class LivingBenchmark
{
    private const int Batch = 10_000, Dimensions = 32, LeftInTail = 50_000;

    /// <summary>Latencies in ms: how many took at most so long.</summary>
    private static readonly double[] Bounds = [1, 2, 5, 10, 20, 50, 100, 200, 300, 400, 500, 1_000];

    public static async Task<int> Freshness(string[] args)
    {
        int events = args is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 1_000;
        Console.WriteLine(Machine.Describe());
        string home = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        await using var postgres = await PostgresServer.Start(default);
        try
        {
            string one = Path.Combine(home, "one"), two = Path.Combine(home, "two"), three = Path.Combine(home, "three");
            const int Users = 20_000, Items = 5_000, Events = 400_000;
            await Make(one, Users, Items, Events, null);
            using (var server = await LivingProcess.Start(one)) await Freshness("one server, SQLite", server, server, events);
            await Make(two, Users, Items, Events, postgres.Address);
            Copy(two, three);
            using var first = await LivingProcess.Start(two);
            using var second = await LivingProcess.Start(three);
            await Freshness("one server, PostgreSQL", first, first, events);
            await Freshness("another server of the same PostgreSQL", first, second, Math.Min(events, 300));
            return 0;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    public static async Task<int> Live(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("usage: live <folder> [events [users [items [seconds [option of serve…]]]]]");
            return 2;
        }
        int At(int n, int otherwise) => args.Length > n ? int.Parse(args[n], CultureInfo.InvariantCulture) : otherwise;
        Console.WriteLine(Machine.Describe());
        string folder = args[0];
        int events = At(1, 20_000_000), users = At(2, 1_000_000), items = At(3, 100_000), seconds = At(4, 60);
        if (!Directory.Exists(Path.Combine(folder, "snapshots"))) events = await Make(folder, users, items, events, null);
        using var server = await LivingProcess.Start(folder, args.Length > 5 ? args[5..] : []);
        Console.WriteLine($"{events:N0} events, {users:N0} users and {items:N0} items in the store; the snapshot lacks the last " +
            $"{LeftInTail:N0} events");
        Console.WriteLine($"start to first answer: {server.StartUp.TotalSeconds:F1} s; memory {server.Memory.Own:F0} MiB and " +
            $"{server.Memory.All - server.Memory.Own:F0} MiB of mapped files");
        await UnderLoad(server, users, items, 0, seconds / 4);
        await UnderLoad(server, users, items, 2_000, seconds);
        Console.WriteLine($"memory afterwards {server.Memory.Own:F0} MiB and {server.Memory.All - server.Memory.Own:F0} MiB of " +
            "mapped files");
        return 0;
    }

    /// <summary>Events of users who look at something, and whether the next answer still has it.</summary>
    private static async Task Freshness(string name, LivingProcess writer, LivingProcess reader, int events)
    {
        var times = new List<double>();
        for (int n = 0; n < events; n++)
        {
            string user = $"user-{1 + (n * 7)}";
            var before = (await reader.Recommend(user))["items"]!.AsArray();
            string item = (string)before[n % before.Count]!["itemId"]!;
            await writer.Store(LivingProcess.View(user, item));
            long acknowledged = Stopwatch.GetTimestamp();
            while ((await reader.Recommend(user))["items"]!.AsArray().Any(answered => (string)answered!["itemId"]! == item)) { }
            times.Add(Stopwatch.GetElapsedTime(acknowledged).TotalMilliseconds);
        }
        Print($"{name}: from the acknowledged event to the end of the first answer that knows it", times);
        int last = 0;
        foreach (double bound in Bounds)
        {
            int until = times.Count(time => time <= bound);
            if (until > last) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  <= {bound,5} ms {until - last,6}"));
            last = until;
        }
    }

    /// <summary>Open loop: requests leave when it is their time, whether earlier ones were answered or not.</summary>
    private static async Task UnderLoad(LivingProcess server, int users, int items, int eventsPerSecond, int seconds)
    {
        const int AnswersPerSecond = 100, EventsOfPost = 10;
        var random = new Rng(7);
        var clock = Stopwatch.StartNew();
        var (answers, posts) = (new List<Task<double>>(), new List<Task<double>>());
        string Some() => LivingProcess.View($"user-{random.NextInt(users)}", $"item-{random.NextInt(items)}");
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            while (answers.Count < clock.Elapsed.TotalSeconds * AnswersPerSecond)
            {
                string user = $"user-{random.NextInt(users)}";
                answers.Add(Timed(() => server.Recommend(user)));
            }
            while (posts.Count * EventsOfPost < clock.Elapsed.TotalSeconds * eventsPerSecond)
            {
                string body = $"[{string.Join(',', Enumerable.Range(0, EventsOfPost).Select(_ => Some()))}]";
                posts.Add(Timed(() => server.Store(body)));
            }
            await Task.Delay(1);
        }
        string load = $"{eventsPerSecond:N0} events/s";
        Print($"{AnswersPerSecond} answers/s beside {load}: an answer", await Task.WhenAll(answers));
        if (posts.Count > 0) Print($"{load}: {EventsOfPost} events until they are on disk", await Task.WhenAll(posts));
    }

    private static async Task<double> Timed(Func<Task> request)
    {
        long start = Stopwatch.GetTimestamp();
        await Task.Yield();
        await request();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static void Print(string name, IReadOnlyCollection<double> times)
    {
        double[] sorted = [.. times.Order()];
        double At(double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: p50 {At(.5):F1} ms, p95 {At(.95):F1}, p99 {At(.99):F1}, longest {sorted[^1]:F1} ({sorted.Length:N0} times)"));
    }

    /// <summary>Fills a store, unless that was begun before, and publishes a snapshot of all but the last events.</summary>
    /// <returns>The events in the store.</returns>
    public static async Task<int> Make(string folder, int users, int items, int events, string? store)
    {
        Console.WriteLine($"Making {events:N0} events of {users:N0} users with {items:N0} items …");
        var data = GeneratedInteractions.Create(users, items, events);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "settings.json"), store is null ? "{}" : $$"""{"store":"{{store}}"}""");
        await using var opened = await Stores.OpenAsync(
            store ?? Path.Combine(folder, "kindred.db"), new() { Durability = Durability.Memory });
        int[] order = [.. Enumerable.Range(0, data.ByUser.Count)];
        new Rng(3).Shuffle<int>(order);
        int count = (int)await opened.Events.LastSequenceAsync();
        if (count == 0) await Fill(opened, data, order);
        if (count == 0) count = order.Length;
        long learned = Math.Max(1, count - LeftInTail);
        var keep = new bool[order.Length];
        for (int n = 0; n < learned; n++) keep[order[n]] = true;
        var known = Interactions.From(data.Users, data.Items, data.Where(keep).ByUser).WithItemAttributes(
            Enumerable.Range(0, data.Items.Count).Select(n => new AttributeRow(data.Items.Id(n))
            {
                Labels = new Dictionary<string, IReadOnlyList<string>> { ["kind"] = [$"k{n % 100}"] },
                Numbers = new Dictionary<string, float> { ["price"] = n % 97 },
            }));
        TrainedModel Trained(ITrainer trainer) => new(ModelManifest.For(trainer, new(), default, known), trainer.Train(known, new()));
        new TrainedRecommender(known, Trained(new ImplicitAls { Dimensions = Dimensions, Epochs = 1 }), Trained(new Popularity()))
        {
            Sequence = learned,
            StoreVersion = await opened.LastVersionAsync(),
        }.Publish(Path.Combine(folder, "snapshots"));
        return count;
    }

    private static async Task Fill(IStore store, Interactions data, int[] order)
    {
        await ForEach(
            Enumerable.Range(0, data.Users.Count).Select(n => new CatalogEntry(data.Users.Id(n))), page => store.Users.PutAsync(page));
        await ForEach(
            Enumerable.Range(0, data.Items.Count).Select(n =>
                new CatalogEntry(data.Items.Id(n), $$"""{"kind":"k{{n % 100}}","price":{{n % 97}}}""")),
            page => store.Items.PutAsync(page));
        var start = DateTimeOffset.UtcNow.AddDays(-30);
        int[] userOf = new int[order.Length];
        var bounds = data.ByUser.Starts;
        for (int user = 0; user < data.Users.Count; user++) userOf.AsSpan(bounds.Span[user]..bounds.Span[user + 1]).Fill(user);
        long done = 0;
        await ForEach(order.Select((pair, n) => new NewEvent("view", data.Items.Id(data.ByUser.Indices.Span[pair]))
        {
            UserId = data.Users.Id(userOf[pair]),
            Time = start.AddMilliseconds(n * (29L * 86_400_000 / order.Length)),
        }), async page =>
        {
            await store.Events.AppendAsync(page);
            if ((done += page.Count) % 1_000_000 == 0) Console.WriteLine($"  {done:N0} events are stored");
        });
    }

    private static async Task ForEach<T>(IEnumerable<T> things, Func<IReadOnlyList<T>, Task> act)
    {
        foreach (T[] page in things.Chunk(Batch)) await act(page);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
