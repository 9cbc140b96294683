namespace Kindred.Store.Tests;

/// <summary>Where stores of one kind are made for tests.</summary>
public abstract class StoreHome
{
    /// <summary>The address of a store that does not exist yet.</summary>
    public abstract Task<string> NewAddressAsync();

    internal async Task<IStore> NewStoreAsync(TimeProvider? clock = null) =>
        await Stores.OpenAsync(
            await NewAddressAsync(), new() { Clock = clock ?? TimeProvider.System }, TestContext.Current.CancellationToken);
}

/// <summary>Files in a temporary folder.</summary>
public sealed class SqliteHome : StoreHome, IDisposable
{
    private int _made;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("kindred-store-").FullName;

    public override Task<string> NewAddressAsync() =>
        Task.FromResult(Path.Combine(Folder, $"{Interlocked.Increment(ref _made)}", "kindred.db"));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
