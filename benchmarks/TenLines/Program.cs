// The shortest program that does what `pcl get` does when nothing goes wrong: what start-up is measured against.
using var client = new HttpClient();
using HttpResponseMessage response = await client.GetAsync(new Uri(args[0]), HttpCompletionOption.ResponseHeadersRead);
response.EnsureSuccessStatusCode();
await using Stream body = await response.Content.ReadAsStreamAsync();
await using FileStream file = File.Create(args[1]);
await body.CopyToAsync(file);
