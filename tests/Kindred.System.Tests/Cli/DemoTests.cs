using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task I_can_see_carousels_after_one_command()
    {
        var result = await new KindredProcess(_folder.Path).Run("demo");
        string said = result.StandardOutput;
        Assert.Equal((0, true), (result.ExitCode, said.Contains("100,004 read = 100,004 kept", StringComparison.Ordinal)));
        Assert.Equal(3, said.Split('\n')
            .Count(line => line.StartsWith("User ", StringComparison.Ordinal) && line.Contains("best liked: ", StringComparison.Ordinal)));
        Assert.True(said.Split("because you liked").Length > 3, "Every carousel says why.");
        Assert.Contains("Warning: ", said, StringComparison.Ordinal);
        Assert.Contains("points of NDCG@10", said, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', said); // plain: it is not a terminal
        Assert.Contains("Training implicit-als: 10 epochs, loss ", result.StandardError, StringComparison.Ordinal);

        using var snapshot = Snapshot.Open(_folder.File("kindred-demo/snapshots"));
        Assert.Equal((671, 9066), (snapshot.Users.Count, snapshot.Items.Count));
        Assert.NotNull(snapshot.Manifest.Report);
        Assert.Equal("Toy Story", snapshot.ItemCatalog.TitleOf(snapshot.Items.TryGetIndex("1", out int item) ? item : -1));
    }

    [Fact]
    public async Task I_can_read_the_demo_as_one_json_object()
    {
        var demo = await new KindredProcess(_folder.Path).Json("demo", "--out", "here");
        Assert.Equal(100_004, (int)demo["import"]!["rows"]!["kept"]!);
        Assert.Equal(4, demo["report"]!["models"]!.AsArray().Count);
        var carousels = demo["carousels"]!.AsArray();
        Assert.Equal(3, carousels.Select(c => (string)c!["userId"]!).Distinct().Count());
        foreach (var carousel in carousels)
        {
            var items = carousel!["items"]!.AsArray();
            Assert.Equal(Enumerable.Range(1, 8), items.Select(i => (int)i!["rank"]!));
            Assert.Equal(8, items.Select(i => (string)i!["itemId"]!).Distinct().Count());
            Assert.All(items, i => Assert.NotEmpty(i!["because"]!.AsArray()));
        }
        // Different users, different films: that is the point.
        Assert.Equal(
            3, carousels.Select(c => string.Join(' ', c!["items"]!.AsArray().Select(i => (string)i!["itemId"]!))).Distinct().Count());
        Assert.True(Snapshot.Is(_folder.File((string)demo["snapshot"]!)));
    }

    [Fact]
    public async Task A_shop_from_nothing_goes_through_its_stages()
    {
        var result = await new KindredProcess(_folder.Path).Run("demo", "--from-zero");
        Assert.Equal(0, result.ExitCode);
        string[] lines = result.StandardOutput.Split('\n');
        Assert.Contains(lines, line => line.TrimStart().StartsWith("0 ", StringComparison.Ordinal)
            && line.Contains("newest items", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("- Stage 1 from ", StringComparison.Ordinal));
        // the doctor's curves of the models that stages choose from
        Assert.Contains(lines, line => line.StartsWith("item-knn ", StringComparison.Ordinal) && line.EndsWith('.'));
        Assert.Contains(lines, line => line.StartsWith("implicit-als ", StringComparison.Ordinal) && line.EndsWith('.'));
        Assert.DoesNotContain('\e', result.StandardOutput);
    }
}
