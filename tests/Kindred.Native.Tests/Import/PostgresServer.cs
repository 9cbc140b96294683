using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Kindred.Native.Tests.Import;

/// <summary>A PostgreSQL cluster of its own in a temporary folder, gone with its <see cref="DisposeAsync"/>.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Account = "postgres"; // servers refuse to run as root

    private readonly string _folder, _binaries;
    private readonly int _port;
    private readonly bool _durable;

    private PostgresServer(string folder, string binaries, int port, bool durable) =>
        (_folder, _binaries, _port, _durable) = (folder, binaries, port, durable);

    public string Address => AddressOf("postgres");

    public string AddressOf(string database) => $"postgres://postgres@127.0.0.1:{_port}/{database}";

    /// <param name="durable">Commits wait for the disk, as in use; tests that kill no machine are faster without.</param>
    public static async Task<PostgresServer> Start(CancellationToken cancellation, bool durable = false)
    {
        string binaries = Binaries() ?? throw new InvalidOperationException("PostgreSQL is not installed: apt-get install postgresql.");
        string folder = Directory.CreateTempSubdirectory("kindred-postgres-").FullName;
        if (Environment.IsPrivilegedProcess) await Run("chown", [Account, folder], cancellation);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var server = new PostgresServer(folder, binaries, port, durable);
        await server.Tool("initdb", ["-D", $"{folder}/data", "-U", "postgres", "--auth=trust", "--no-sync"], cancellation);
        await server.Resume(cancellation);
        return server;
    }

    /// <summary>Starts it again after <see cref="Stop"/>, on the same port.</summary>
    public Task Resume(CancellationToken cancellation) => Tool(
        "pg_ctl", ["-D", $"{_folder}/data", "-w", "-l", $"{_folder}/log", "-o",
            $"-p {_port} -k {_folder} -c listen_addresses=127.0.0.1 -c fsync={(_durable ? "on" : "off")}", "start"], cancellation);

    /// <summary>Stops it as a crash does.</summary>
    public Task Stop(CancellationToken cancellation) =>
        Tool("pg_ctl", ["-D", $"{_folder}/data", "-m", "immediate", "stop"], cancellation);

    /// <param name="alone">The statement refuses to be in a transaction with others.</param>
    public async Task Execute(string sql, CancellationToken cancellation, bool alone = false)
    {
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres;Pooling=false");
        await using var command = source.CreateCommand(alone ? sql : $"SET TimeZone = 'UTC'; {sql}");
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop(CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }

    /// <returns>The folder of initdb and pg_ctl; Debian keeps them off the path.</returns>
    private static string? Binaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(v => Path.Combine(v, "bin"))
            .Where(b => File.Exists(Path.Combine(b, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
        : null;

    private Task Tool(string name, string[] arguments, CancellationToken cancellation)
    {
        string tool = Path.Combine(_binaries, name);
        return Environment.IsPrivilegedProcess
            ? Run("setpriv", ["--reuid", Account, "--regid", Account, "--clear-groups", tool, .. arguments], cancellation)
                : Run(tool, arguments, cancellation);
    }

    private static async Task Run(string program, string[] arguments, CancellationToken cancellation)
    {
        // Output goes nowhere: the server would inherit a pipe and keep it open.
        var start = new ProcessStartInfo("/bin/sh",
            ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments])
        { WorkingDirectory = Path.GetTempPath() };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
