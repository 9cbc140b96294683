using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>The sample, imported once and trained on once by the command itself.</summary>
public sealed class Films : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public string Folder => _folder.Path;

    internal static string Raw => RealData.MovieLensSmall;

    public string Data => _folder.File("films");

    public string Model => _folder.File("knn");

    /// <summary>A folder of snapshots with one in it.</summary>
    public string Snapshots => _folder.File("snapshots");

    public async ValueTask InitializeAsync()
    {
        var kindred = new KindredProcess(Folder);
        await kindred.Succeed("import", Raw, "--out", Data);
        await kindred.Succeed("train", Data, "--model", "item-knn:neighbours=50", "--out", Model);
        await kindred.Succeed("publish", Data, "--model-folder", Model, "--out", Snapshots);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
