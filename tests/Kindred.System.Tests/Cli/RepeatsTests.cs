using System.IO.Compression;
using System.Text.Json.Nodes;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>Apps that people open again, on real data (Frappe), with the built command.</summary>
public sealed class RepeatsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_used_again_is_measured_published_and_recommended()
    {
        string[] rows = [.. UsesIn(Path.Combine(RealData.Folder("frappe"), "train.csv.gz"))];
        await File.WriteAllLinesAsync(_folder.File("uses.csv"), ["user,item,time", .. rows], TestContext.Current.CancellationToken);
        await Kindred.Succeed("import", "uses.csv", "--out", "apps");

        string[] question = ["evaluate", "apps", "--split", "random", "--model", "implicit-als:dimensions=16,epochs=5"];
        var without = await Kindred.Json(question);
        var with = await Kindred.Json([.. question, "--allow-repeats"]);
        JsonNode Counts(JsonNode report) => report["leaderboard"]!["standings"]![0]!["report"]!["counts"]!;
        Assert.True((long)Counts(without)["repeatsLeftOut"]! > 0);
        Assert.Equal(0, (long)Counts(with)["repeatsLeftOut"]!);
        Assert.Equal(
            (long)Counts(with)["testEvents"]!, (long)Counts(without)["testEvents"]! + (long)Counts(without)["repeatsLeftOut"]!);
        double Ndcg(JsonNode report, string model) => (double)report["leaderboard"]!["standings"]!.AsArray()
            .Select(s => s!["report"]!).Single(r => ((string)r["name"]!).StartsWith(model, StringComparison.Ordinal))["segments"]![0]!
            ["estimates"]!.AsArray().Single(e => (string)e!["metric"]! == "NDCG@10")!["mean"]!;
        // whoever opens an app again is easier to please than whoever opens a new one
        Assert.True(Ndcg(with, "implicit-als") > Ndcg(without, "implicit-als"));

        await Kindred.Succeed("publish", "apps", "--model", "implicit-als:dimensions=16,epochs=5", "--allow-repeats", "--out", "again");
        await Kindred.Succeed("publish", "apps", "--model", "implicit-als:dimensions=16,epochs=5", "--out", "new");
        string user = rows.GroupBy(row => row.Split(',')[0]).OrderByDescending(uses => uses.Count()).First().Key;
        var had = rows.Where(row => row.Split(',')[0] == user).Select(row => row.Split(',')[1]).ToHashSet();
        string[] Ids(JsonNode answer) => [.. answer["items"]!.AsArray().Select(item => (string)item!["itemId"]!)];
        string[] again = Ids(await Kindred.Json("recommend", "again", "--user", user));
        Assert.Contains(again, had.Contains);
        Assert.DoesNotContain(Ids(await Kindred.Json("recommend", "new", "--user", user)), had.Contains);
        Assert.Equal(again, Ids(await Kindred.Json(
            "recommend", "apps", "--user", user, "--model", "implicit-als:dimensions=16,epochs=5", "--allow-repeats")));
        Assert.Contains("publish it with --allow-repeats",
            await Kindred.Refused("recommend", "new", "--user", user, "--allow-repeats"), StringComparison.Ordinal);
    }

    /// <summary>
    /// "131-958-967-972-973-977-993-1071,72-4083": the first number is the user, the one behind the comma the app. There are no times, so
    /// each use is a minute after the one before it.
    /// </summary>
    private static IEnumerable<string> UsesIn(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        for (long time = 1_000_000_000; reader.ReadLine() is { } line; time += 60)
        {
            string[] sides = line.Split(',');
            yield return $"{sides[0].Split('-')[0]},{sides[1].Split('-')[0]},{time}";
        }
    }
}
