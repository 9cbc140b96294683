using System.CommandLine;
namespace Kindred.Cli.Commands;
internal static class DemoCommand
{
    public static Command Create() => new Verb("demo", "x");
}
