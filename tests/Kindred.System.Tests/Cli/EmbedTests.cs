using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>`kindred embed`, by the real command.</summary>
public sealed class EmbedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Vectors_of_ones_own_become_an_attribute_that_models_take_and_appending_says_when_it_is_gone()
    {
        await File.WriteAllTextAsync(
            _folder.File("events.csv"), "user,item\nann,tea\nann,cake\nbob,tea\nbob,jam\ncid,ham\ncid,bread\n", Cancellation);
        await Kindred.Succeed("import", "events.csv", "--out", "data");
        await Kindred.Succeed("export", "vectors", "data", "--model", "implicit-als:dimensions=2", "--out", "clip.npy");
        var said = await Kindred.Json("embed", "data", "--vectors", "clip.npy");
        Assert.Equal((5, 5, 2, "item.clip.*"),
            ((int)said["items"]!, (int)said["of"]!, (int)said["dimensions"]!, (string)said["feature"]!));
        await Kindred.Succeed("train", "data", "--model", "content-knn:features=item.clip.*", "--out", "model");
        // another time it takes the place of the first
        await Kindred.Succeed("embed", "data", "--vectors", "clip.npy", "--out", "again");
        Assert.Equal(2, (int)(await Kindred.Json("embed", "again", "--vectors", "clip.npy"))["dimensions"]!);

        foreach (string name in (string[])["x,y=1", "a b", ""])
            Assert.Contains("cannot be named", await Kindred.Refused("embed", "data", "--vectors", "clip.npy", "--name", name));

        await File.WriteAllTextAsync(_folder.File("more.csv"), "user,item\ndan,tea\n", Cancellation);
        var appended = await Kindred.Run("import", "more.csv", "--append", "data");
        Assert.True(appended.ExitCode == 0, appended.StandardError);
        Assert.Contains("clip", appended.StandardOutput + appended.StandardError, StringComparison.Ordinal);
        Assert.Contains("kindred embed", appended.StandardOutput + appended.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_embedded_is_refused_in_a_sentence()
    {
        await File.WriteAllTextAsync(_folder.File("events.csv"), "user,item\nann,tea\nbob,tea\n", Cancellation);
        await File.WriteAllTextAsync(_folder.File("items.csv"), "item,title,price\ntea,Green tea,3.5\n", Cancellation);
        await Kindred.Succeed("import", "events.csv", "--item-attributes", "items.csv", "--out", "data");
        await File.WriteAllTextAsync(_folder.File("broken.npy"), "no array", Cancellation);
        Assert.Contains("--text", await Kindred.Refused("embed", "data"), StringComparison.Ordinal);
        Assert.Contains("no column 'titel'", await Kindred.Refused("embed", "data", "--text", "titel"), StringComparison.Ordinal);
        Assert.Contains("holds numbers", await Kindred.Refused("embed", "data", "--text", "price"), StringComparison.Ordinal);
        Assert.Contains("kindred-neural", await Kindred.Refused("embed", "data", "--text", "title"), StringComparison.Ordinal);
        Assert.Contains("have an attribute 'price' already",
            await Kindred.Refused("embed", "data", "--vectors", "broken.npy", "--name", "price"), StringComparison.Ordinal);
        Assert.Contains("NumPy", await Kindred.Refused("embed", "data", "--vectors", "broken.npy"), StringComparison.Ordinal);
        Assert.Contains("not a kindred data folder", await Kindred.Refused("embed", "events.csv", "--text", "title"));
    }
}
