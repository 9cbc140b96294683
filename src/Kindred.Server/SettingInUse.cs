using Kindred.Store;
using Microsoft.Extensions.Hosting;

namespace Kindred.Server;

/// <summary>A kind of setting that people may read and write.</summary>
/// <param name="Default">The JSON that counts as long as nobody wrote it.</param>
/// <param name="Check">Reads it and writes it in full; throws <see cref="InputException"/>.</param>
/// <param name="CheckUse">Throws <see cref="InputException"/> where what the store has needs another one; null: nothing does.</param>
internal sealed record SettingKind(string Name, string Default, Func<string, string> Check, Func<IStore, string, Task>? CheckUse = null);

/// <summary>A setting as it is now, on this and other servers.</summary>
internal abstract class SettingInUse<T>(IStore store, StoreChanges changes, string name, T usual, Func<string, T> parse) : IHostedService
    where T : class
{
    private volatile T? _current;

    public T Current => _current ?? usual;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        changes.Changed += async list =>
        {
            if (list.Any(change => change.Kind == ChangeKind.Setting && change.Id == name)) await Read(default);
        };
        await Read(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Read(CancellationToken cancellation) =>
        _current = await store.Settings.GetAsync(name, cancellation) is { } setting ? parse(setting.Json) : usual;
}

/// <summary>What events mean.</summary>
internal sealed class EventSettingsInUse(IStore store, StoreChanges changes)
    : SettingInUse<EventSettings>(store, changes, EventSettings.Name, EventSettings.Default, EventSettings.Parse);
