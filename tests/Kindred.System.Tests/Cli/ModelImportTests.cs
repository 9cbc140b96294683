using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>Factors of another program on their way to answers, with the built command.</summary>
public sealed class ModelImportTests(Films films) : IClassFixture<Films>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Factors_go_out_and_come_back_as_a_model_that_is_measured_published_and_asked()
    {
        const string Als = "implicit-als:dimensions=4,epochs=2";
        await Kindred.Succeed("export", "vectors", films.Data, "--model", Als, "--of", "both", "--out", "f.npz");
        var said = await Kindred.Json("model", "import", films.Data, "--items", "f.npz", "--out", "model");
        Assert.Equal((9_066, 671, 4), ((int)said["items"]!, (int)said["users"]!, (int)said["dimensions"]!));
        await Kindred.Succeed("publish", films.Data, "--model-folder", "model", "--out", "snapshots");
        var theirs = await Kindred.Json("recommend", "snapshots", "--user", "322", "--count", "5");
        var ours = await Kindred.Json("recommend", films.Data, "--model", Als, "--user", "322", "--count", "5");
        Assert.Equal(ours["items"]!.AsArray().Select(item => (string)item!["itemId"]!),
            theirs["items"]!.AsArray().Select(item => (string)item!["itemId"]!));

        await Kindred.Succeed("export", "events", films.Data, "--part", "train", "--split", "leave-last", "--out", "train.csv");
        Assert.Equal(100_004 - 671, File.ReadLines(_folder.File("train.csv")).Count() - 1);
        var measured = await Kindred.Run("evaluate", films.Data, "--split", "leave-last", "--model-folder", "model");
        Assert.Equal(0, measured.ExitCode);
        Assert.Contains("Warning: model is measured as it is", measured.StandardError, StringComparison.Ordinal);
        Assert.Contains("popularity", measured.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_brought_or_measured_is_refused_in_a_sentence()
    {
        Assert.Contains("does not exist", await Kindred.Refused("model", "import", films.Data, "--items", "no.npy", "--out", "m"));
        Assert.Contains("must end with .npy", await Kindred.Refused("model", "import", films.Data, "--items", "no.csv", "--out", "m"));
        Assert.Contains("no way to fold in",
            await Kindred.Refused("model", "import", films.Data, "--items", "no.npy", "--fold-in", "bpr", "--out", "m"));
        Assert.Contains("was trained on all of its data", await Kindred.Refused("evaluate", films.Data, "--model-folder", films.Model));
        Assert.Contains("give --part as well",
            await Kindred.Refused("export", "events", films.Data, "--split", "random", "--out", "e.csv"));
        Assert.Contains("room for one matrix", await Kindred.Refused("export", "vectors", films.Model, "--of", "both", "--out", "v.npy"));
    }
}
