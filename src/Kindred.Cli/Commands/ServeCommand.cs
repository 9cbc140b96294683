using System.CommandLine;
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
            Description = "Where to listen; port 0 takes any free one.",
            DefaultValueFactory = _ => "http://127.0.0.1:5080",
            HelpName = "url",
        };
        var sample = new Option<double>("--recall-sample")
        {
            Description = "The share of requests that is answered again, exactly, to measure an index: /v1/index tells the recall.",
            DefaultValueFactory = _ => .001,
            HelpName = "share",
        };
        return new CliCommand("serve", "Serve a snapshot over HTTP until stopped by Ctrl-C or SIGTERM.",
            "kindred serve --snapshot snapshots",
            "kindred serve --snapshot snapshots --url http://0.0.0.0:8080",
            "curl 'http://127.0.0.1:5080/v1/users/42/recommendations?count=5'") { snapshot, url, sample }
            .Runs((parse, session) =>
            {
                OutputPath.Tidy(parse.GetRequiredValue(snapshot), session);
                return KindredServer.RunAsync(
                    new() { Snapshot = parse.GetRequiredValue(snapshot), Url = parse.GetRequiredValue(url), RecallSample = parse.GetValue(sample) },
                    session.Cancellation);
            });
    }
}
