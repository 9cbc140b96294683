using Kindred.CrashTest;
using Kindred.Native.Tests.Import;

namespace Kindred.Store.Tests;

/// <summary>A few kills; hundreds of them by hand: <c>Kindred.CrashTest sqlite 200</c>.</summary>
public sealed class CrashTests(SqliteHome sqlite) : IClassFixture<SqliteHome>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_SQLite_acknowledged_survives_kills_of_the_writer()
    {
        var report = await new CrashRun(new WriterVictim(sqlite.NewFile()), seed: 1).RunAsync(4, null, Token);
        Assert.True(report.IsClean, report.ToString());
    }

    [Fact]
    public async Task What_PostgreSQL_acknowledged_survives_kills_of_the_writer()
    {
        await using var server = await PostgresServer.Start(Token);
        var report = await new CrashRun(new WriterVictim(server.Address), seed: 2).RunAsync(3, null, Token);
        Assert.True(report.IsClean, report.ToString());
    }
}
