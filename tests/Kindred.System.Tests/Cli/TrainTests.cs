using System.Text.RegularExpressions;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>Training by the real command, interrupted and stopped early.</summary>
public sealed partial class TrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string[] Endless => ["train", Films.Raw, "--model", "implicit-als:epochs=1000000,dimensions=8", "--out", "model"];

    [Theory, InlineData("INT"), InlineData("TERM")]
    public async Task An_interrupted_training_keeps_the_last_finished_epoch(string signal)
    {
        var (exitCode, said) = await Kindred.Interrupt(signal, Read, _ => Task.Delay(3000, Cancellation), Endless);
        Assert.True(exitCode == 130, $"{exitCode}: {said}");
        Assert.EndsWith("Stopped.", said.TrimEnd(), StringComparison.Ordinal);
        string epoch = Kept.Match(said).Groups["epoch"].Value;

        string manifest = await File.ReadAllTextAsync(Path.Combine(_folder.Path, "model", "manifest.json"), Cancellation);
        Assert.Matches($"\"epochs\": ?{epoch}\\b", manifest);
    }

    [Fact]
    public async Task An_interrupted_training_does_not_replace_a_finished_model()
    {
        await Kindred.Succeed("train", Films.Raw, "--model", "popularity", "--out", "model");
        string file = Path.Combine(_folder.Path, "model", "manifest.json"), before = await File.ReadAllTextAsync(file, Cancellation);
        var (exitCode, said) = await Kindred.Interrupt("INT", Read, _ => Task.Delay(3000, Cancellation), Endless);
        Assert.True(exitCode == 130, $"{exitCode}: {said}");
        Assert.Matches(@"Stopped after epoch \d+ of 1000000; the model that was in model before is left as it was\.", said);
        Assert.Equal(before, await File.ReadAllTextAsync(file, Cancellation));
    }

    [Fact]
    public async Task What_was_interrupted_before_an_epoch_was_finished_leaves_nothing()
    {
        var (exitCode, said) = await Kindred.Interrupt(
            "INT", Read, _ =>
                Task.Delay(100, Cancellation), "train", Films.Raw, "--model", "bpr:dimensions=512,negativeCount=10000", "--out", "model");
        Assert.True(exitCode == 130, $"{exitCode}: {said}");
        Assert.EndsWith("Stopped.", said.TrimEnd(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Early_stopping_says_what_the_last_epoch_is_worth()
    {
        var result = await Kindred.Run(
            "train", Films.Raw, "--model", "implicit-als:dimensions=8,epochs=30", "--early-stopping", "ndcg@10", "--patience", "1",
            "--out", "model");
        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Matches(@"Early stopping: \d+ of 30 epochs, loss [\d,.]+, NDCG@10 \.\d{4}, ", result.StandardError);
    }

    [GeneratedRegex("^Read as user = userId")]
    private static partial Regex Read { get; }

    [GeneratedRegex(@"The model of epoch (?<epoch>\d+) of 1000000 is in model\.")]
    private static partial Regex Kept { get; }
}
