using Kindred.Server.Access;

namespace Kindred.Server.Dashboard;

/// <summary>What to do with a server that knows nothing yet.</summary>
internal static class FirstSteps
{
    public static void Write(PageWriter page, string address, string folder, SampleImport sample)
    {
        var html = page.Html;
        string key = page.KeyHeader;
        if (!page.May(Scope.Admin)) folder = "FOLDER"; // where it is, is nobody's business
        if (sample.IsAvailable && page.May(Scope.Admin))
            page.Section("sample", "Try it with films", () =>
            {
                html.Element("p", "100,004 ratings of 9,125 films by 671 people (MovieLens). They are stored as events, and a model is "
                    + "trained: a minute or two. To begin again, delete the folder and start the server anew.");
                page.Form("/sample", () => page.Button("Load the sample data"));
            });
        page.Section("events", "Tell it what people do", () =>
        {
            html.Element("p", "One event says: this user did this with this item. The next answer knows it.");
            page.Commands("Send an event", $$"""
                curl -X POST {{address}}/v1/events -H 'Content-Type: application/json'{{key}} \
                  -d '{"type":"view","userId":"ann","itemId":"tea"}'
                """);
        });
        page.Section("import", "Or begin with what you have", () =>
        {
            html.Element("p", "CSV, JSON, Parquet or a database; first look at what Kindred makes of it, then import it.");
            page.Commands("Import a file", $"""
                kindred inspect events.csv
                kindred import events.csv --data {Links.Word(folder)}
                """);
        });
        page.Section("answers", "Then ask", () => page.Commands("Ask for recommendations",
            $"curl '{address}/v1/users/ann/recommendations?count=5'{key}"));
    }
}
