using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Reports;

namespace Kindred.Benchmarks;

/// <summary>
/// Years in minutes: the ratings of samples/movielens go to a living server in the order of their time, and models renew themselves. Which
/// model answers when, what the gate decided and why, and what the answers were worth against recent popularity.
/// </summary>
/// <remarks>
/// Time is compressed so that all years fit into the same 90 days, whenever it runs: half-lives and windows of days keep their meaning, and
/// another run gives the same numbers. In each step the
/// first half of each user's events is sent, then ten films are asked for, which should be in the rest; then the rest is sent.
/// </remarks>
internal static class ReplayBenchmark
{
    private const int ListLength = 10, MostUsers = 150, RecentEvents = 5_000;

    private const double Days = 90;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly int[] Ends =
        [100, 300, 1_000, 2_500, 5_000, 10_000, 15_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 90_000, 100_004];

    public static async Task<int> Run(string[] args)
    {
        var ratings = Read();
        string home = Directory.CreateTempSubdirectory("kindred-replay-").FullName;
        try
        {
            using var server = await LivingProcess.Start(home, "--no-renewal", "--durability", "os");
            var recent = new RecentItems();
            var steps = new List<Step>();
            for (int n = 0; n < Ends.Length; n++)
            {
                var step = await Replay(server, ratings[(n == 0 ? 0 : Ends[n - 1])..Ends[n]], recent);
                var renewal = await Renew(server);
                steps.Add(step with { End = Ends[n], Day = ratings[Ends[n] - 1].Happened, Renewal = renewal });
                Console.WriteLine(Row(steps[^1]));
            }
            string folder = args is [var given] ? given : ".";
            Write(folder, steps);
            return 0;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<Step> Replay(LivingProcess server, Rating[] ratings, RecentItems recent)
    {
        var byUser = ratings.GroupBy(rating => rating.User).Where(group => group.Count() > 1).ToDictionary(
            group => group.Key, group => group.OrderBy(rating => rating.Time).ToArray());
        var later = byUser.Values.SelectMany(all => all[(all.Length / 2)..]).ToHashSet();
        await Send(server, [.. ratings.Where(rating => !later.Contains(rating))], recent);
        await Task.Delay(1_000); // what is popular is counted anew in the background
        double served = 0, popular = 0;
        int users = 0;
        string source = "";
        foreach (var (user, all) in byUser.Take(MostUsers))
        {
            var wanted = all[(all.Length / 2)..].Select(rating => rating.Item).ToHashSet();
            var answer = await server.Recommend(user);
            source = (string)answer["snapshot"]! is "none" ? $"no model: {answer["source"]}" : NameOf((string)answer["snapshot"]!);
            served += Ndcg([.. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!)], wanted);
            popular += Ndcg(recent.For(user), wanted);
            users++;
        }
        await Send(server, [.. ratings.Where(later.Contains)], recent);
        return new(0, default, source, served / Math.Max(1, users), popular / Math.Max(1, users), users, "");
    }

    private static async Task Send(LivingProcess server, Rating[] ratings, RecentItems recent)
    {
        foreach (var chunk in ratings.OrderBy(rating => rating.Time).Chunk(5_000))
        {
            await server.Store(new JsonArray([.. chunk.Select(rating => new JsonObject
            {
                ["type"] = "rate", ["userId"] = rating.User, ["itemId"] = rating.Item, ["time"] = rating.Time.ToUnixTimeMilliseconds(),
            })]).ToJsonString());
            foreach (var rating in chunk) recent.Add(rating.User, rating.Item);
        }
    }

    private static async Task<string> Renew(LivingProcess server)
    {
        string id = (string)(await server.Send(HttpMethod.Post, "/v1/jobs/renew", "{}"))["id"]!;
        while (true)
        {
            var job = await server.Send(HttpMethod.Get, $"/v1/jobs/{id}");
            if ((string)job["state"]! == "running")
            {
                await Task.Delay(200);
                continue;
            }
            var detail = job["detail"]!;
            await Task.Delay(1_000); // the server swaps
            if (detail["snapshot"] is null) return (string?)detail["reason"] ?? (string)job["state"]!;
            var promotion = await server.Send(HttpMethod.Get, $"/v1/snapshots/{detail["snapshot"]}/promotion");
            string outcome = (bool)detail["served"]! ? "served" : (string)promotion["verdict"]! == "failed" ? "failed" : "waits";
            return $"stage {promotion["stage"]}, {promotion["model"]}: **{outcome}**. {promotion["why"]}" +
                (outcome == "served" ? "" : $" {promotion["reason"]}");
        }
    }

    /// <summary>Number and model: a snapshot's id holds the time of its training, too.</summary>
    private static string NameOf(string snapshot) => string.Join('-', snapshot.Split('-') is var parts ? [parts[0], .. parts[3..]] : []);

    private static double Ndcg(string[] list, HashSet<string> wanted)
    {
        double gain = 0, ideal = 0;
        for (int rank = 0; rank < Math.Min(list.Length, ListLength); rank++)
            if (wanted.Contains(list[rank])) gain += 1 / Math.Log2(rank + 2);
        for (int rank = 0; rank < Math.Min(wanted.Count, ListLength); rank++) ideal += 1 / Math.Log2(rank + 2);
        return gain / ideal;
    }

    private static Rating[] Read()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !Directory.Exists(Path.Combine(folder, "samples/movielens"))) folder = Path.GetDirectoryName(folder);
        var rows = File.ReadLines(Path.Combine(folder!, "samples/movielens/ratings.csv")).Skip(1).Select(line => line.Split(','))
            .Select(row => (User: row[0], Item: row[1], Seconds: long.Parse(row[3], CultureInfo.InvariantCulture)))
            .OrderBy(row => row.Seconds).ToArray();
        double first = rows[0].Seconds, span = rows[^1].Seconds - first;
        return [.. rows.Select(row => new Rating(
            row.User, row.Item, Start.AddDays(Days * (row.Seconds - first) / span), DateTimeOffset.FromUnixTimeSeconds(row.Seconds)))];
    }

    private static string Row(Step step) => string.Create(CultureInfo.InvariantCulture,
        $"| {step.End:N0} | {step.Day:yyyy-MM} | {step.Source} | {step.Users} | {step.Served:.000} " +
        $"| {step.Popular:.000} | {step.Renewal} |");

    private static void Write(string folder, List<Step> steps)
    {
        var text = new StringBuilder("| events | until | answered | users | NDCG@10 | recent popularity | then the renewal |\n");
        text.AppendLine("| ---: | --- | --- | ---: | ---: | ---: | --- |");
        foreach (var step in steps) text.AppendLine(Row(step));
        File.WriteAllText(Path.Combine(folder, "living-server-replay.table.md"), text.ToString());
        TradeOffCurve Curve(string name, Func<Step, double> value) => new(name, [.. steps.Select(step => new TradeOffPoint(
            $"{step.End} events", new Dictionary<string, double> { ["NDCG@10"] = value(step), ["events"] = step.End }))]);
        using var image = new StreamWriter(Path.Combine(folder, "living-server-replay.svg"));
        TradeOffReport.WriteImage("NDCG@10", [Curve("recent popularity", s => s.Popular), Curve("what was served", s => s.Served)], image);
    }

    /// <param name="Time">As sent; <paramref name="Happened"/>: in the data.</param>
    private sealed record Rating(string User, string Item, DateTimeOffset Time, DateTimeOffset Happened);

    private sealed record Step(
        int End, DateTimeOffset Day, string Source, double Served, double Popular, int Users, string Renewal);

    /// <summary>The items with most of the latest events, without those of the user: what has to be beaten.</summary>
    private sealed class RecentItems
    {
        private readonly Queue<string> _latest = new();
        private readonly Dictionary<string, int> _counts = [];
        private readonly Dictionary<string, HashSet<string>> _had = [];

        public void Add(string user, string item)
        {
            _latest.Enqueue(item);
            _counts[item] = _counts.GetValueOrDefault(item) + 1;
            if (!_had.TryGetValue(user, out var had)) _had.Add(user, had = []);
            had.Add(item);
            if (_latest.Count > RecentEvents) _counts[_latest.Dequeue()]--;
        }

        public string[] For(string user) => [.. _counts.OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key)
            .Where(item => !_had[user].Contains(item)).Take(ListLength)];
    }
}
