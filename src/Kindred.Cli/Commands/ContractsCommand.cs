using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Server;
using Kindred.Server.Endpoints;
using Kindred.Server.ExposureContracts;

namespace Kindred.Cli.Commands;

/// <summary>`kindred contracts`: what new items were promised, what they were given, and what it cost.</summary>
internal static class ContractsCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var shop = new Argument<string>("shop") { Description = "A living folder, or the address of a server." };
        var count = new Option<int>("--count")
        {
            Description = "Maximum number of contracts to list.",
            DefaultValueFactory = _ => 20,
            HelpName = "n",
        };
        var key = new Option<string?>("--key-file") { Description = "File with a key of the server.", HelpName = "file" };
        return new CliCommand("contracts",
            "Show what new items were promised, what they were given, and what it cost.",
            "kindred contracts shop",
            "kindred contracts http://localhost:5080 --key-file key.txt") { shop, count, key }
            .Runs(async (parse, session) =>
            {
                string name = parse.GetRequiredValue(shop);
                int most = parse.GetValue(count);
                if (most is < 1 or > 10_000) throw new InputException($"--count must be 1 to 10000, was {most}.");
                bool isAddress = Uri.TryCreate(name, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";
                var ledger = isAddress ? await Ask(new(name), parse.GetValue(key), most, session.Cancellation)
                    : await Read(name, most, session.Cancellation);
                Print(ledger, session);
            });
    }

    private static async Task<ContractLedger> Read(string path, int count, CancellationToken cancellation)
    {
        var folder = LivingFolder.Open(path);
        await using var store = await folder.OpenStoreAsync(cancellation);
        return await ContractLedger.ReadAsync(store, folder, TimeProvider.System.GetUtcNow(), count, cancellation);
    }

    private static async Task<ContractLedger> Ask(Uri server, string? keyFile, int count, CancellationToken cancellation)
    {
        using var client = new HttpClient { Timeout = Longest };
        if (keyFile is not null)
        {
            if (!File.Exists(keyFile)) throw new InputException($"There is no file {keyFile}; --key-file names one that has a key.");
            string key = (await File.ReadAllTextAsync(keyFile, cancellation)).Trim();
            if (key.Length == 0) throw new InputException($"{keyFile} is empty; --key-file names a file that has a key.");
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        }
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        try
        {
            using var answer = await client.GetAsync(new Uri(server, $"/v1/contracts?count={count}"), cancellation);
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                throw new InputException(keyFile is null
                    ? $"{server} asks for a key: name a file that has one of the scope read with --key-file."
                    : $"{server} does not take the key in {keyFile}: it must be one of its own, of the scope read.");
            if (!answer.IsSuccessStatusCode)
                throw new InputException($"{server} does not show its contracts: it answers with {(int)answer.StatusCode}.");
            byte[] body = await answer.Content.ReadAsByteArrayAsync(cancellation);
            return JsonSerializer.Deserialize(body, LivingJson.Default.ContractLedger) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new InputException($"{server} is not a living server of this version of Kindred: its /v1/contracts is no ledger.", e);
        }
        catch (TaskCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new InputException($"{server} does not answer within {Longest.TotalSeconds:0} s.", e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            throw new InputException($"{server} does not answer by https; if it has no certificate, its address begins with http://.", e);
        }
        catch (HttpRequestException e)
        {
            throw new InputException($"{server} does not answer: {e.Message}", e);
        }
    }

    private static void Print(ContractLedger ledger, CommandContext session)
    {
        session.Print(new Paragraph(ledger.Enabled
            ? Say($"Items since {ledger.Since:yyyy-MM-dd HH:mm} UTC get a contract. Today {ledger.Today.Answers:N0} answers are expected ")
                + Say($"to bring {ledger.Today.ExpectedClicks:0.#} clicks; placements may cost {ledger.Today.Share:P1} of them, and have ")
                + Say($"cost {ledger.Today.Spent:0.###}.")
            : "Contracts are off: write the setting 'contracts' to promise each new item some impressions."
                + (ledger.States.GetValueOrDefault("running") > 0 ? " Those that run are not placed until they are on again." : "")));
        if (ledger.Waiting is { } waiting) session.Print(new Paragraph(waiting));
        string states = string.Join(", ", ledger.States.Where(state => state.Value > 0).Select(state => $"{state.Value} {state.Key}"));
        if (states.Length > 0)
        {
            string kept = ledger.KeptShare is { } share ? Say($" Promises kept: {share:P0}.") : "";
            session.Print(new Paragraph($"Contracts: {states}.{kept}"));
        }
        if (ledger.Contracts.Count > 0)
            session.Print(new Grid(
                [new("item"), new("state"), new("given", IsNumber: true), new("promised", IsNumber: true), new("clicks", IsNumber: true),
                    new("rate", IsNumber: true), new("spent", IsNumber: true), new("ends or ended"), new("reason", Wraps: true)],
                [.. ledger.Contracts.Select(contract => (string[])
                    [contract.ItemId, contract.State, Say($"{contract.Given}"), Say($"{contract.Impressions}"), Say($"{contract.Clicks}"),
                        Say($"{contract.Rate:P1}"), Say($"{contract.Spent:0.##}"),
                        Say($"{contract.Ended ?? contract.Ends:yyyy-MM-dd HH:mm}"), contract.Reason ?? ""])]));
        if (ledger.States.Values.Sum() is var all && all > ledger.Contracts.Count)
            session.Print(new Paragraph(Say($"These are the newest {ledger.Contracts.Count:N0} of {all:N0}; --count shows more.")));
        session.Print(new JsonResult(ledger));
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
