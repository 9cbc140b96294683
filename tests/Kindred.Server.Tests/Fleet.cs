using Kindred.Native.Tests.Import;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>
/// Two servers with one PostgreSQL and one folder of snapshots, which is on another file system than theirs where the machine has one. Of
/// two equal snapshots the first one is served.
/// </summary>
public sealed class Fleet : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _shared = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    internal PostgresServer Postgres { get; private set; } = null!;

    internal LivingServer One { get; private set; } = null!;

    internal LivingServer Two { get; private set; } = null!;

    internal string SharedSnapshots { get; private set; } = "";

    internal LivingServer[] Both => [One, Two];

    internal int[] Ports { get; } = [Nginx.FreePort(), Nginx.FreePort()];

    /// <summary>Names of both snapshots, the first one first.</summary>
    internal string[] Snapshots { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        SharedSnapshots = Path.Combine(_shared, $"kindred-test-{Guid.NewGuid():N}");
        Postgres = await PostgresServer.Start(LivingServer.Cancellation);
        for (int n = 0; n < 2; n++) AnswerTests.Publish(SharedSnapshots);
        Snapshots = [.. Directory.GetDirectories(SharedSnapshots).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        One = await Start("one", Ports[0]);
        Two = await Start("two", Ports[1]);
        await One.Post("/v1/snapshots/1/promote");
        foreach (var server in Both)
            await LivingServer.Until(async () => await SnapshotOf(server) == Snapshots[0], "the first one answers");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in (LivingServer?[])[One, Two]) if (server is not null) await server.DisposeAsync();
        if (Postgres is not null) await Postgres.DisposeAsync();
        if (Directory.Exists(SharedSnapshots)) Directory.Delete(SharedSnapshots, recursive: true);
        _folder.Dispose();
    }

    /// <summary>SQL, as another program might run it.</summary>
    internal Task Execute(string sql) => Postgres.Execute(sql, LivingServer.Cancellation);

    internal static async Task<string> SnapshotOf(LivingServer server) =>
        (string)(await server.Get("/v1/users/nobody/recommendations"))["snapshot"]!;

    private Task<LivingServer> Start(string name, int port) => LivingServer.StartIn(
        _folder.File(name), "--store", Postgres.Address, "--snapshots", SharedSnapshots, "--url", $"http://127.0.0.1:{port}",
        "--allow-anonymous", "--drain", "3");
}
