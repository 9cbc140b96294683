using Kindred.CrashTest;

namespace Kindred.ServerTests;

/// <summary>
/// The server itself is killed while clients post: a few times here, hundreds by hand with <c>Kindred.CrashTest http kindred 200</c>.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kindred-crash-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_the_server_acknowledged_survives_kills()
    {
        using var victim = new ServerVictim(Path.Combine(AppContext.BaseDirectory, "Kindred.Cli.dll"), Path.Combine(_folder, "shop"));
        var report = await new CrashRun(victim, seed: 1).RunAsync(3, null, TestContext.Current.CancellationToken);
        Assert.True(report.IsClean, report.ToString());
    }

    /// <summary>Hundreds of kills: <c>Kindred.CrashTest training kindred 200</c>.</summary>
    [Fact]
    public async Task Kills_while_models_are_trained_and_swapped_leave_no_half_snapshot()
    {
        using var victim = new ServerVictim(
            Path.Combine(AppContext.BaseDirectory, "Kindred.Cli.dll"), Path.Combine(_folder, "shop"), trains: true);
        var report = await new CrashRun(victim, seed: 1).RunAsync(3, null, TestContext.Current.CancellationToken);
        Assert.True(report.IsClean, report.ToString());
        Assert.True(victim.Swaps > 0);
    }
}
