using Kindred.Store;
using Microsoft.Extensions.Hosting;

namespace Kindred.Server;

/// <summary>A kind of setting that people may read and write.</summary>
/// <param name="Default">The JSON that counts as long as nobody wrote it.</param>
/// <param name="Check">Reads it and writes it in full; throws <see cref="InputException"/>.</param>
internal sealed record SettingKind(string Name, string Default, Func<string, string> Check);

/// <summary>The settings of events as they are now, on this and other servers.</summary>
internal sealed class EventSettingsInUse(IStore store, StoreChanges changes) : IHostedService
{
    public EventSettings Current { get; private set; } = EventSettings.Default;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        changes.Changed += async list =>
        {
            if (list.Any(change => change is { Kind: ChangeKind.Setting, Id: EventSettings.Name })) await Read(default);
        };
        await Read(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Read(CancellationToken cancellation) => Current = await EventSettings.ReadAsync(store, cancellation);
}
