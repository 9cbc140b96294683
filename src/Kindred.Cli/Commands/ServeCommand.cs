using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Server;

namespace Kindred.Cli.Commands;

/// <summary>`kindred serve`: answers over HTTP until it is stopped.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var snapshot = new Option<string>("--snapshot")
        {
            Description = "A snapshot, or a folder of snapshots: then the newest one.",
            HelpName = "folder",
            Required = true,
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
        return new CliCommand("serve", "Serve a snapshot over HTTP until stopped by Ctrl-C or SIGTERM.",
            "kindred serve --snapshot snapshots",
            "kindred serve --snapshot snapshots --url http://0.0.0.0:5080",
            $"curl '{ServerOptions.DefaultUrl}/v1/users/42/recommendations?count=5'") { snapshot, url, sample }
            .Runs((parse, session) =>
            {
                OutputPath.Tidy(parse.GetRequiredValue(snapshot), session);
                return KindredServer.RunAsync(
                    new() { Snapshot = parse.GetRequiredValue(snapshot), Url = parse.GetRequiredValue(url),
                        RecallSample = parse.GetValue(sample) },
                    session.Cancellation);
            });
    }
}
