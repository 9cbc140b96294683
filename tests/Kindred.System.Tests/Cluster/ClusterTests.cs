using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Kindred.Cluster;
using Kindred.SystemTests.Cli;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cluster;

/// <summary>Trainings by several processes: the same bytes as in one, whatever happens to them.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Silos_that_are_lost_one_after_another_change_nothing_and_make_neighbours_and_lists_as_one_process_does()
    {
        // users of conjugate gradients depend on those of the epoch before: they are kept and restored
        const string Model = "implicit-als:dimensions=16,epochs=400,solver=conjugateGradient";
        await Import(partitions: 8);
        await Kindred.Succeed("train", "parts", "--model", Model, "--out", "one");
        await using var cluster = await RunningCluster.Start(_folder.Path, 3);
        var training = Kindred.Json("train", "parts", "--model", Model, "--out", "many", "--cluster", cluster.Address);
        foreach (int silo in cluster.Silos.Take(2).ToArray()) // each silo at each phase: bench kills
        {
            int before = await Epoch(training, past: 0);
            cluster.Kill(silo);
            await Epoch(training, past: before + 2);
            await cluster.StartSilo();
        }
        var result = await training;
        Assert.True((int)result["job"]!["attempts"]! >= 3, $"Each loss begins an attempt: {result}");
        Assert.Equal(Sum("one"), Sum("many"));

        await Kindred.Succeed("train", "parts", "--model", "item-knn", "--out", "knn-one");
        await Kindred.Succeed("train", "parts", "--model", "item-knn", "--out", "knn-many", "--cluster", cluster.Address);
        Assert.Equal(Sum("knn-one"), Sum("knn-many"));
        await Kindred.Succeed("publish", "parts", "--model-folder", "knn-many", "--out", "snapshots");
        string[] lists = ["recommend", "snapshots", "--users", "parts", "--count", "4", "--deny", "i0", "--out"];
        await Kindred.Succeed([.. lists, "one.csv"]);
        await Kindred.Succeed([.. lists, "many.csv", "--cluster", cluster.Address]);
        Assert.Equal(await File.ReadAllBytesAsync(_folder.File("one.csv"), Cancellation),
            await File.ReadAllBytesAsync(_folder.File("many.csv"), Cancellation));
        Assert.Empty(Directory.GetDirectories(_folder.Path, "many.csv*")); // what silos left for the command is gone
        // all users of all partitions are measured, by what was learned from the others' events and their own
        var report = await Kindred.Json("evaluate", "parts", "--model", "item-knn", "--split", "leave-last", "--k", "5");
        Assert.Equal(2, report["leaderboard"]!["standings"]!.AsArray().Count);
        Assert.InRange((int)report["leaderboard"]!["standings"]![0]!["report"]!["counts"]!["users"]!, 300, 400);
    }

    [Fact]
    public async Task Strata_are_learned_by_one_two_and_three_silos_as_in_one_process_and_when_one_is_lost()
    {
        const string Softmax = "sampled-softmax:dimensions=16,epochs=5,negativeCount=64";
        const string Bpr = "bpr:dimensions=16,epochs=200,itemBias=true";
        await Import(partitions: 7, events: 12_000, items: 800); // enough for several parts
        await Kindred.Succeed("train", "parts", "--model", Softmax, "--out", "one", "--threads", "2");
        await using var cluster = await RunningCluster.Start(_folder.Path, 1);
        for (int silos = 1; silos <= 3; silos++)
        {
            if (silos > 1) await cluster.StartSilo();
            var trained = await Kindred.Json("train", "parts", "--model", Softmax, "--out", $"by-{silos}", "--cluster", cluster.Address);
            Assert.Equal(silos, trained["job"]!["silos"]!.AsArray().Count);
            var plan = ClusterPlan.Of(
                new(400, 800, 12_000, silos, 1, 7), new SampledSoftmax { Dimensions = 16 }, perPair: 0, bandwidth: 1);
            Assert.InRange((long)trained["job"]!["sent"]!, .85 * 5 * silos * plan.SentBytes, 1.15 * 5 * silos * plan.SentBytes);
            Assert.Equal(Sum("one"), Sum($"by-{silos}"));
        }

        Directory.Delete(_folder.File("jobs"), recursive: true);
        await Kindred.Succeed("train", "parts", "--model", Bpr, "--out", "bpr-one");
        var training = Kindred.Json("train", "parts", "--model", Bpr, "--out", "bpr-many", "--cluster", cluster.Address);
        int before = await Epoch(training, past: 3);
        cluster.Kill(cluster.Silos.ElementAt(1));
        await Epoch(training, past: before + 2);
        Assert.True((int)(await training)["job"]!["attempts"]! >= 2);
        Assert.Equal(Sum("bpr-one"), Sum("bpr-many"));
        await Kindred.Succeed("publish", "parts", "--model-folder", "bpr-many", "--out", "snapshots");
        Assert.Equal(4, (await Kindred.Json("recommend", "snapshots", "--history", "i3,i5", "--count", "4"))["items"]!.AsArray().Count);
        Assert.Contains("existingNegatives needs", await Kindred.Refused("train", "parts", "--model", "warp:existingNegatives=true",
            "--out", "m", "--cluster", cluster.Address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silos_measure_as_one_process_does_also_when_some_are_lost()
    {
        string[] evaluate =
        [
            "evaluate", "parts", "--model", "item-knn", "--model", "implicit-als:dimensions=16,epochs=200,solver=conjugateGradient",
            "--k", "5,20", "--metrics", "beyond",
        ];
        await Import(partitions: 8);
        var expected = await Kindred.Json(evaluate);
        await using var cluster = await RunningCluster.Start(_folder.Path, 3);
        var measuring = Kindred.Json([.. evaluate, "--cluster", cluster.Address]);
        await Until(job => (int)job["epoch"]! > 5 && (string)job["job"]!["model"]! != "item-knn"); // the second training
        cluster.Kill(cluster.Silos.First());
        await Until(job => job["job"]!["measure"] is not null);
        cluster.Kill(cluster.Silos.First());
        var actual = await measuring;
        Assert.Equal(Numbers(expected), Numbers(actual));
        Assert.Contains("standings", Numbers(actual), StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(_folder.Path, "parts.evaluation-*")); // what silos left for the command is gone

        string[] once = ["evaluate", "parts", "--model", "item-knn", "--split", "users", "--on", "validation", "--allow-repeats"];
        Assert.Equal(Numbers(await Kindred.Json(once)), Numbers(await Kindred.Json([.. once, "--cluster", cluster.Address])));

        async Task Until(Func<JsonNode, bool> isSo)
        {
            string jobs = Directory.CreateDirectory(_folder.File("jobs")).FullName;
            var deadline = DateTime.UtcNow.AddMinutes(2);
            while (!Directory.GetFiles(jobs, "job.json", SearchOption.AllDirectories)
                .Any(job => isSo(JsonNode.Parse(File.ReadAllText(job))!)))
            {
                if (measuring.IsCompleted) Assert.Fail($"It ended too early: {await measuring}");
                Assert.True(DateTime.UtcNow < deadline, "The job does not come.");
                await Task.Delay(20, Cancellation);
            }
        }

        // all but what time it took, and the command
        static string Numbers(JsonNode report)
        {
            Clean(report);
            return report.ToJsonString();

            static void Clean(JsonNode? node)
            {
                if (node is JsonArray array) foreach (var element in array) Clean(element);
                if (node is not JsonObject obj) return;
                foreach (string name in (string[])["seconds", "command", "created", "learningCurve"]) obj.Remove(name);
                foreach (var (_, value) in obj) Clean(value);
            }
        }
    }

    [Fact]
    public async Task A_job_whose_silos_are_all_gone_goes_on_when_one_comes_back_and_can_be_cancelled()
    {
        const string Model = "implicit-als:dimensions=16,epochs=100000";
        await Import(partitions: 4);
        await using var cluster = await RunningCluster.Start(_folder.Path, 2);
        var training = Kindred.Run("train", "parts", "--model", Model, "--out", "many", "--cluster", cluster.Address);
        int before = await Epoch(training, past: 2);
        foreach (int silo in cluster.Silos.ToArray()) cluster.Kill(silo);
        await cluster.StartSilo();
        await Epoch(training, past: before + 1);
        string id = (string)(await Jobs(cluster))[0]!["job"]!["id"]!;
        Assert.Equal($"Job {id} is cancelled.", (await Kindred.Succeed("cluster", "cancel", id, "--cluster", cluster.Address)).Trim());
        var ended = await training;
        Assert.Equal((2, false), (ended.ExitCode, Directory.Exists(_folder.File("many"))));
        Assert.Contains("Cancelled", ended.StandardError, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(_folder.File($"jobs/{id}")));
    }

    [Fact]
    public async Task A_model_of_partitions_is_published_and_all_their_users_get_lists()
    {
        await Import(partitions: 3);
        await Kindred.Succeed("train", "parts", "--model", "implicit-als:dimensions=8,epochs=3", "--out", "als");
        await Kindred.Succeed("publish", "parts", "--model-folder", "als", "--out", "snapshots");
        await Kindred.Succeed("recommend", "snapshots", "--users", "parts", "--out", "lists.csv", "--count", "3");
        string[] rows = await File.ReadAllLinesAsync(_folder.File("lists.csv"), Cancellation);
        Assert.Equal((1 + (3 * 400), 400), (rows.Length, rows.Skip(1).Select(row => row.Split(',')[0]).Distinct().Count()));
        // one user's list is the one that their history alone gets
        string[] history = [.. File.ReadLines(_folder.File("events.csv")).Select(row => row.Split(',')).Where(row => row[0] == "u7")
            .Select(row => row[1])];
        var asked = await Kindred.Json("recommend", "snapshots", "--history", string.Join(',', history), "--count", "3");
        Assert.Equal(asked["items"]!.AsArray().Select(item => (string)item!["itemId"]!),
            rows.Select(row => row.Split(',')).Where(row => row[0] == "u7").Select(row => row[2]));
        Assert.Contains("which kindred train, evaluate, publish and recommend --users read",
            await Kindred.Refused("inspect", "parts"), StringComparison.Ordinal);
        Assert.Contains("The fallback of partitions is popularity", await Kindred.Refused(
            "publish", "parts", "--model-folder", "als", "--fallback", "item-knn", "--out", "snapshots"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_known_of_users_is_left_out_with_a_warning()
    {
        Directory.CreateDirectory(_folder.File("films"));
        await File.WriteAllTextAsync(
            _folder.File("films/u.data"), "1\t1\t5\t880000000\n2\t1\t4\t880000001\n2\t2\t4\t880000002\n", Cancellation);
        await File.WriteAllTextAsync(_folder.File("films/u.user"), "1|24|M|writer|85711\n2|53|F|other|94043\n", Cancellation);
        var result = await Kindred.Run("import", "films", "--out", "parts", "--partitions", "2");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("What is known of users is left out", result.StandardOutput + result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("Attributes of users", result.StandardOutput + result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_a_sentence()
    {
        await Import(partitions: 2);
        Assert.Contains("user-knn learns from all events at once",
            await Kindred.Refused("train", "parts", "--model", "user-knn", "--out", "m"), StringComparison.Ordinal);
        Assert.Contains("is no address of a cluster",
            await Kindred.Refused("train", "parts", "--model", "implicit-als", "--out", "m", "--cluster", "here"),
            StringComparison.Ordinal);
        Assert.Contains("No silo answers at localhost:1",
            await Kindred.Refused("train", "parts", "--model", "implicit-als", "--out", "m", "--cluster", "localhost:1"),
            StringComparison.Ordinal);
        Assert.Contains("make them with kindred import --partitions",
            await Kindred.Refused("train", "events.csv", "--model", "implicit-als", "--out", "m", "--cluster", "localhost:1"),
            StringComparison.Ordinal);
        Assert.Contains("--cluster makes lists for the users of partitions",
            await Kindred.Refused("recommend", "events.csv", "--all", "--out", "l.csv", "--cluster", "localhost:1"),
            StringComparison.Ordinal);
        Assert.Contains("--cluster measures on partitions",
            await Kindred.Refused("evaluate", "events.csv", "--cluster", "localhost:1"), StringComparison.Ordinal);
        Assert.Contains("needs no cluster",
            await Kindred.Refused("train", "parts", "--model", "popularity", "--out", "m", "--cluster", "localhost:1"),
            StringComparison.Ordinal);
        Assert.Contains("--core does not go with partitions",
            await Kindred.Refused("evaluate", "parts", "--core", "2,2"), StringComparison.Ordinal);
        Assert.Contains("--partitions must be from 1 to 1000, was 0",
            await Kindred.Refused("import", "events.csv", "--out", "p", "--partitions", "0"), StringComparison.Ordinal);
    }

    private async Task Import(int partitions, int events = 4000, int items = 120)
    {
        var lines = new List<string> { "user,item,time" };
        var random = new Random(5);
        for (int n = 0; n < events; n++) lines.Add($"u{random.Next(400)},i{random.Next(1 + random.Next(items))},{1_700_000_000 + n}");
        await File.WriteAllLinesAsync(_folder.File("events.csv"), lines, Cancellation);
        await Kindred.Succeed("import", "events.csv", "--out", "parts", "--partitions", $"{partitions}");
    }

    /// <summary>Waits until more epochs of the only job are done, and reads that from its folder: it may end sooner than a command
    /// asks.</summary>
    private async Task<int> Epoch<T>(Task<T> training, int past)
    {
        var deadline = DateTime.UtcNow.AddMinutes(2);
        while (true)
        {
            string? job = Directory.Exists(_folder.File("jobs"))
                ? Directory.EnumerateFiles(_folder.File("jobs"), "job.json", SearchOption.AllDirectories).SingleOrDefault() : null;
            var status = job is null ? null : JsonNode.Parse(await File.ReadAllTextAsync(job, Cancellation));
            if (status is not null && (int)status["epoch"]! is var epoch && epoch > past) return epoch;
            if (training.IsCompleted) Assert.Fail($"The training ended before epoch {past + 1}: {await training}");
            Assert.True(DateTime.UtcNow < deadline, $"Epoch {past + 1} does not come: {status}");
            await Task.Delay(20, Cancellation);
        }
    }

    private async Task<JsonArray> Jobs(RunningCluster cluster)
    {
        var result = await Kindred.Run("cluster", "jobs", "--cluster", cluster.Address, "--json");
        return result.ExitCode == 0 ? JsonNode.Parse(result.StandardOutput)!["jobs"]!.AsArray() : [];
    }

    private string Sum(string model) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(_folder.File($"{model}/model.safetensors"))));
}
