using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Kindred.ServerTests;

/// <summary>nginx with the configuration of deploy/nginx.conf before several servers of this machine, without TLS.</summary>
internal sealed partial class Nginx : IDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private Nginx(string folder, Process process, Uri address) => (_folder, _process, Address) = (folder, process, address);

    public Uri Address { get; }

    /// <returns>A port that nobody listens at now.</returns>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="ports">Of the servers, which need not run.</param>
    public static async Task<Nginx> Start(params int[] ports)
    {
        string folder = Directory.CreateTempSubdirectory("kindred-nginx-").FullName;
        int port = FreePort();
        string site = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "nginx.conf"));
        site = OneServer().Replace(site, one => string.Concat(
            ports.Select(each => one.Value.Replace("5080", Text(each), StringComparison.Ordinal))));
        site = site.Replace("listen 443 ssl;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal);
        site = Certificates().Replace(site, "");
        await File.WriteAllTextAsync($"{folder}/site.conf", site);
        string temporary = string.Concat(
            ((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(name => $"{name}_temp_path {folder}/{name};\n"));
        await File.WriteAllTextAsync($"{folder}/nginx.conf", $$"""
            daemon off;
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            pid {{folder}}/pid;
            error_log {{folder}}/error.log warn;
            events { worker_connections 1024; }
            http {
                access_log off;
                {{temporary}}
                include {{folder}}/site.conf;
            }
            """);
        string[] arguments = ["-p", folder, "-e", $"{folder}/error.log", "-c", $"{folder}/nginx.conf"];
        // what it inherited would keep the output of the tests open if they were killed before it
        var process = Process.Start(new ProcessStartInfo("nginx", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var nginx = new Nginx(folder, process, new($"http://127.0.0.1:{port}"));
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return nginx;
            }
            catch (SocketException) when (!process.HasExited) { await Task.Delay(20); }
            catch (SocketException)
            {
                string said = nginx.Log;
                nginx.Dispose();
                throw new InvalidOperationException($"nginx does not start: {said}");
            }
        }
    }

    /// <summary>What it complained about first.</summary>
    public string Log => File.Exists($"{_folder}/error.log") ? string.Join('\n', File.ReadLines($"{_folder}/error.log").Take(10)) : "";

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@" *server 127\.0\.0\.1:5080 .*\n")]
    private static partial Regex OneServer();

    [GeneratedRegex(@" *ssl_certificate.*\n")]
    private static partial Regex Certificates();
}
