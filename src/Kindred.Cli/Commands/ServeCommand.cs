using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Server;
using Kindred.Store;

namespace Kindred.Cli.Commands;

/// <summary>`kindred serve`: answers over HTTP until it is stopped.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var snapshot = new Option<string?>("--snapshot")
        {
            Description = "A snapshot, or a folder of snapshots: then the newest one. Answers from it alone and keeps nothing.",
            HelpName = "folder",
        };
        var data = new Option<string?>("--data")
        {
            Description = "Living folder: takes events, keeps them and answers with them. Made if there is none.",
            HelpName = "folder",
        };
        var store = new Option<string?>("--store")
        {
            Description = "Where a living folder keeps its events: postgres://user:password@host/database. Default: a SQLite file in it.",
            HelpName = "url",
        };
        var snapshots = new Option<string?>("--snapshots")
        {
            Description = "Folder of the snapshots of a living folder, which servers of one store share. Default: a folder in it.",
            HelpName = "folder",
        };
        var durability = new Option<Durability?>("--durability")
        {
            Description = "What an acknowledged event has survived: fsync (loss of power), os (a killed process), memory (nothing yet). " +
                "Default: fsync.",
            HelpName = "word",
        };
        var anonymous = new Option<bool>("--allow-anonymous")
        {
            Description = "Let everyone who reaches the server read, write and delete everything of a living folder that has no keys.",
        };
        var keyFile = new Option<string?>("--admin-key-file")
        {
            Description = "File that holds the key of the scope admin, such as a mounted secret; another text replaces it at the " +
                "next start.",
            HelpName = "file",
        };
        var log = new Option<string>("--log")
        {
            Description = "How a living folder's server logs: text, or json for programs that collect logs.",
            DefaultValueFactory = _ => "text",
            HelpName = "word",
        };
        log.AcceptOnlyFromAmong("text", "json");
        var still = new Option<bool>("--no-renewal")
        {
            Description = "Train no model by itself, only on request: where another server of the store trains.",
        };
        var drain = new Option<double>("--drain")
        {
            Description = "Seconds to keep answering after the server was told to stop, while /health/ready says 503. Default: 0.",
            HelpName = "seconds",
        };
        var url = new Option<string>("--url")
        {
            Description = "Where to listen: localhost or an IP address, 0.0.0.0 for all; port 0 takes any free one.",
            DefaultValueFactory = _ => ServerOptions.DefaultUrl,
            HelpName = "url",
        };
        var sample = new Option<double>("--recall-sample")
        {
            Description = "Share of requests to answer again with exact search, to measure the index; /v1/index reports the recall.",
            DefaultValueFactory = _ => .001,
            HelpName = "share",
        };
        var verb = new CliCommand("serve", "Serve a living folder, or a snapshot, over HTTP until stopped by Ctrl-C or SIGTERM.",
            "kindred serve --data shop",
            "kindred serve --data shop --store postgres://kindred@localhost/shop",
            "kindred serve --snapshot snapshots",
            "kindred serve --snapshot snapshots --url http://0.0.0.0:5080",
            $"curl '{ServerOptions.DefaultUrl}/v1/users/42/recommendations?count=5'")
        {
            data, snapshot, url, store, snapshots, durability, keyFile, anonymous, still, drain, log, sample,
        };
        verb.InsteadOfArguments = "--snapshot for a snapshot or a folder of them, --data for a living folder.";
        return verb.Runs((parse, session) =>
            {
                var (folder, path) = (parse.GetValue(data), parse.GetValue(snapshot));
                if (folder is null && path is null)
                    throw new InputException("Name what to serve: --data for a living folder, or --snapshot for a snapshot alone.");
                if (folder is not null && path is not null)
                    throw new InputException("--data serves a living folder, --snapshot a snapshot alone; leave one of them out.");
                if (folder is not null)
                {
                    return LivingServer.RunAsync(
                        new()
                        {
                            Folder = folder,
                            Url = parse.GetRequiredValue(url),
                            Store = parse.GetValue(store),
                            Snapshots = parse.GetValue(snapshots),
                            Durability = parse.GetValue(durability),
                            AdminKeyFile = parse.GetValue(keyFile),
                            AllowAnonymous = parse.GetValue(anonymous),
                            Renewal = !parse.GetValue(still),
                            Drain = TimeSpan.FromSeconds(parse.GetValue(drain)),
                            RecallSample = parse.GetValue(sample),
                            Trainers = session.Trainers,
                            Texts = session.Program.ServedTexts,
                            SampleData = SampleData.Find(),
                            JsonLog = parse.GetValue(log) == "json",
                        },
                        session.Cancellation);
                }
                foreach (var living in (Option[])[store, snapshots, durability, keyFile, anonymous, still, log])
                    if (parse.GetResult(living) is { Implicit: false })
                        throw new InputException($"{living.Name} is for a living folder; give --data instead of --snapshot, or leave it " +
                            "out.");
                OutputPath.Tidy(path!, session);
                return KindredServer.RunAsync(
                    new()
                    {
                        Snapshot = path!,
                        Url = parse.GetRequiredValue(url),
                        Drain = TimeSpan.FromSeconds(parse.GetValue(drain)),
                        RecallSample = parse.GetValue(sample),
                        Trainers = session.Trainers,
                    },
                    session.Cancellation);
            });
    }
}
