using Kindred.CrashTest;
using Kindred.Native.Tests.Import;

// A program that writes events is killed (SIGKILL) at random moments, again and again; then the store must have what was acknowledged.
const string Usage =
    "usage: sqlite|postgres KILLS [SEED] | " +
    "http|http-postgres|training|training-postgres KINDRED KILLS [SEED] (the path of the command) | writer ADDRESS RUN";
string folder = Directory.CreateTempSubdirectory("kindred-crash-").FullName;
try
{
    switch (args)
    {
        case ["writer", var address, var run]:
            return await WriterProgram.RunAsync(address, int.Parse(run));
        case ["sqlite", var kills, .. var seed]:
            return await RunAsync(new WriterVictim(Path.Combine(folder, "kindred.db")), kills, seed);
        case ["postgres", var kills, .. var seed]:
            await using (var server = await PostgresServer.Start(CancellationToken.None, durable: true))
                return await RunAsync(new WriterVictim(server.Address) { Server = server }, kills, seed);
        case ["http-postgres" or "training-postgres", var kindred, var kills, .. var seed]:
            await using (var server = await PostgresServer.Start(CancellationToken.None, durable: true))
                return await RunServerAsync(kindred, server.Address, kills, seed);
        case ["http" or "training", var kindred, var kills, .. var seed]:
            return await RunServerAsync(kindred, null, kills, seed);
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

async Task<int> RunServerAsync(string kindred, string? store, string kills, string[] seed)
{
    bool trains = args[0].StartsWith("training", StringComparison.Ordinal);
    using var victim = new ServerVictim(kindred, Path.Combine(folder, "shop"), store, trains);
    int code = await RunAsync(victim, kills, seed);
    if (trains) Console.WriteLine($"meanwhile {victim.Swaps:N0} snapshots were promoted and {victim.Answers:N0} answers given");
    return code;
}

static async Task<int> RunAsync(IVictim victim, string kills, string[] seed)
{
    var run = new CrashRun(victim, seed.Length > 0 ? int.Parse(seed[0]) : 1);
    var report = await run.RunAsync(int.Parse(kills), Console.WriteLine, CancellationToken.None);
    Console.WriteLine(report);
    return report.IsClean ? 0 : 1;
}
