using Kindred.Native.Tests.Import;
using Kindred.Store.Tests;

[assembly: AssemblyFixture(typeof(PostgresHome))]

namespace Kindred.Store.Tests;

/// <summary>Where stores of one kind are made for tests.</summary>
public abstract class StoreHome
{
    private int _made;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("kindred-store-").FullName;

    /// <summary>The address of a store that does not exist yet.</summary>
    public abstract Task<string> NewAddressAsync();

    internal async Task<IStore> NewStoreAsync(TimeProvider? clock = null) =>
        await Stores.OpenAsync(
            await NewAddressAsync(), new() { Clock = clock ?? TimeProvider.System }, TestContext.Current.CancellationToken);

    internal string NewFile() => Path.Combine(Folder, $"{NewNumber()}", "kindred.db");

    protected int NewNumber() => Interlocked.Increment(ref _made);
}

/// <summary>Files in a temporary folder.</summary>
public sealed class SqliteHome : StoreHome, IDisposable
{
    public override Task<string> NewAddressAsync() => Task.FromResult(NewFile());

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>Databases of one server.</summary>
public sealed class PostgresHome : StoreHome, IAsyncLifetime
{
    internal PostgresServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await PostgresServer.Start(TestContext.Current.CancellationToken);

    public override async Task<string> NewAddressAsync()
    {
        string name = $"store{NewNumber()}";
        await Server.Execute($"CREATE DATABASE {name}", TestContext.Current.CancellationToken, alone: true);
        return Server.AddressOf(name);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
