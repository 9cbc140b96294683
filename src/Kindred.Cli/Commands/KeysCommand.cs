using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Server;
using Kindred.Server.Access;

namespace Kindred.Cli.Commands;

/// <summary>`kindred keys`: who may use the server of a living folder.</summary>
internal static class KeysCommand
{
    public static Command Create() =>
        new CliCommand("keys", "Add, list and remove the keys of a living folder's server.",
            "kindred keys add --data shop --name me --scope admin",
            "kindred keys list --data shop") { Add(), List(), Remove() };

    private static CliCommand Add()
    {
        var data = LivingOption.Data();
        var name = new Option<string>("--name") { Description = "What the key is for.", HelpName = "text", Required = true };
        var scopes = new Option<string[]>("--scope")
        {
            Description = "What it allows: read, write, or admin for everything; repeatable.",
            HelpName = "word",
            Required = true,
        };
        return new CliCommand("add", "Add a key. It is shown once: only a hash of it is kept.",
            "kindred keys add --data shop --name homepage --scope read --scope write") { data, name, scopes }
            .Runs(async (parse, session) =>
            {
                Scope[] given = [.. parse.GetRequiredValue(scopes).Select(AccessKeys.ParseScope)];
                var (stored, key) = AccessKeys.Create(parse.GetRequiredValue(name), given, TimeProvider.System.GetUtcNow());
                await using var store = await LivingFolder.Open(parse.GetRequiredValue(data)).OpenStoreAsync(session.Cancellation);
                await store.Keys.AddAsync(stored, session.Cancellation);
                await store.Audit.AppendAsync("kindred keys", "add-key", stored.Id, cancellationToken: session.Cancellation);
                session.Print(Grid.OfPairs(("id", stored.Id), ("scopes", string.Join(", ", stored.Scopes)), ("key", key)));
                session.Print(new Paragraph("Keep the key: it cannot be shown again. Send it as 'Authorization: Bearer …'."));
                session.Print(new JsonResult(new { id = stored.Id, name = stored.Name, scopes = stored.Scopes, key }));
            });
    }

    private static CliCommand List()
    {
        var data = LivingOption.Data();
        return new CliCommand("list", "List the keys, without the keys themselves.", "kindred keys list --data shop") { data }
            .Runs(async (parse, session) =>
            {
                await using var store = await LivingFolder.Open(parse.GetRequiredValue(data)).OpenStoreAsync(session.Cancellation);
                var keys = await store.Keys.ListAsync(session.Cancellation);
                session.Print(keys.Count == 0 ? new Paragraph("There are no keys: only programs of the server's machine may use it.")
                    : new Grid([new("id"), new("name"), new("scopes"), new("created"), new("last used")],
                        [.. keys.Select(key => (string[])[key.Id, PlainText.OneLine(key.Name), string.Join(", ", key.Scopes),
                            $"{key.CreatedAt:yyyy-MM-dd}", key.LastUsedAt is { } used ? $"{used:yyyy-MM-dd HH:mm}" : "never"])]));
                session.Print(new JsonResult(new
                {
                    keys = keys.Select(key => new { id = key.Id, name = key.Name, scopes = key.Scopes, key.CreatedAt, key.LastUsedAt }),
                }));
            });
    }

    private static CliCommand Remove()
    {
        var data = LivingOption.Data();
        var id = new Argument<string>("id") { Description = "The key's id, as `kindred keys list` shows it." };
        return new CliCommand("remove", "Remove a key; a running server refuses it within seconds.",
            "kindred keys remove 3f2a91c0 --data shop") { id, data }
            .Runs(async (parse, session) =>
            {
                string removed = parse.GetRequiredValue(id);
                await using var store = await LivingFolder.Open(parse.GetRequiredValue(data)).OpenStoreAsync(session.Cancellation);
                if (!await store.Keys.RemoveAsync(removed, session.Cancellation))
                    throw new InputException($"There is no key '{removed}'; `kindred keys list` shows which there are.");
                await store.Audit.AppendAsync("kindred keys", "remove-key", removed, cancellationToken: session.Cancellation);
                session.Print(new Paragraph($"Removed {PlainText.OneLine(removed)}."));
                session.Print(new JsonResult(new { removed }));
            });
    }
}
