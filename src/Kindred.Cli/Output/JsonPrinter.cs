using System.Text.Json;
using Kindred.Storage;

namespace Kindred.Cli.Output;

/// <summary>The result as JSON, and nothing else.</summary>
internal sealed class JsonPrinter : IPrinter
{
    public void Print(Block block)
    {
        if (block is JsonResult answer) Console.Out.WriteLine(JsonSerializer.Serialize(answer.Value, SealedFolder.Json));
    }
}
